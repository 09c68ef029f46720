import { AppError, type ChunkId } from '@holdfast/kernel';
import { type Branch, ChunkStore } from '../ports.js';
import type { VaultReader } from './vault-reader.js';

/** What trees are read from where nothing is ever written. */
export class ReadOnlyStore extends ChunkStore {
  constructor(private readonly reader: VaultReader) {
    super();
  }

  override get(branch: Branch, id: ChunkId): Promise<Uint8Array> {
    return this.reader.readChunk(branch, id);
  }

  override getMany(branch: Branch, ids: readonly ChunkId[]): Promise<Uint8Array[]> {
    return this.reader.readChunks(branch, ids);
  }

  override put(): Promise<ChunkId> {
    throw new AppError('INTERNAL', 'The vault was opened for reading; nothing is written into it.');
  }

  override async flush(): Promise<void> {
    // Nothing is ever written.
  }
}

import type { ChunkId } from '@holdfast/kernel';
import { type Branch, ChunkStore } from './ports.js';
import type { VaultReader } from './reader/vault-reader.js';
import type { TaskWriter } from './writer/task-writer.js';

/** A task's writer and the vault's reader as the one store that trees, runs and snapshots stand on. */
export class VaultStore extends ChunkStore {
  constructor(
    readonly writer: TaskWriter,
    readonly reader: VaultReader,
  ) {
    super();
  }

  /** Nodes and runs are read soon after they are written: when the trees are made, and held against what they were made from. */
  override async put(branch: Branch, plain: Uint8Array): Promise<ChunkId> {
    const id = await this.writer.put(branch, plain);
    if (branch === 'meta') this.reader.remember(id, plain);
    return id;
  }

  override async get(branch: Branch, id: ChunkId): Promise<Uint8Array> {
    return (
      this.reader.remembered(id) ?? (await this.writer.readUnflushed(branch, id)) ?? this.reader.readChunk(branch, id)
    );
  }

  override async getMany(branch: Branch, ids: readonly ChunkId[]): Promise<Uint8Array[]> {
    const own = await Promise.all(
      ids.map(async (id) => this.reader.remembered(id) ?? this.writer.readUnflushed(branch, id)),
    );
    const stored = ids.filter((_, at) => !own[at]);
    const read = stored.length > 0 ? (await this.reader.readChunks(branch, stored)).values() : [].values();
    return own.map((plain) => plain ?? (read.next().value as Uint8Array));
  }

  override flush(): Promise<void> {
    return this.writer.flush();
  }
}

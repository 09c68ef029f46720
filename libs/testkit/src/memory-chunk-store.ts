import { createHmac } from 'node:crypto';
import type { ChunkId } from '@holdfast/kernel';
import { AppError } from '@holdfast/kernel';
import { type Branch, ChunkStore } from '@holdfast/vault';

/** A vault's chunks in a map, with counts of what was read and written. */
export class MemoryChunkStore extends ChunkStore {
  readonly #chunks = new Map<string, Uint8Array>();
  /** Calls of {@link get}. */
  reads = 0;
  /** Chunks that the store did not have before. */
  written = 0;
  /** Bytes of those. */
  writtenBytes = 0;

  get chunks(): ReadonlyMap<string, Uint8Array> {
    return this.#chunks;
  }

  override async put(branch: Branch, plain: Uint8Array): Promise<ChunkId> {
    const id = createHmac('sha256', 'id key').update(plain).digest('hex') as ChunkId;
    if (!this.#chunks.has(`${branch}/${id}`)) {
      this.#chunks.set(`${branch}/${id}`, Uint8Array.from(plain));
      this.written++;
      this.writtenBytes += plain.length;
    }
    return id;
  }

  override async get(branch: Branch, id: ChunkId): Promise<Uint8Array> {
    this.reads++;
    const chunk = this.#chunks.get(`${branch}/${id}`);
    if (!chunk) throw new AppError('CHUNK_NOT_FOUND', 'The store does not hold the chunk.', { context: { id } });
    return chunk;
  }

  override async flush(): Promise<void> {
    // Everything put is kept at once.
  }
}

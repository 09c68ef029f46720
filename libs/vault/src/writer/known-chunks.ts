import type { ChunkId } from '@holdfast/kernel';
import { CHUNK_ID_BYTES, chunkIdOf } from '../chunks/chunk-id.js';
import { asBuffer } from '../octets.js';
import type { ChunkLookup } from '../ports.js';
import { RecentChunks } from './recent-chunks.js';

const MAX_IDS_PER_CALL = 1000;

/**
 * Tells which chunks have to be stored. An id is asked for once: whoever comes second, in whichever task, relies on the
 * first, since one of them stores it or the writer fails as a whole.
 */
export class KnownChunks {
  readonly #lookup: ChunkLookup;
  readonly #recent: RecentChunks;

  constructor(lookup: ChunkLookup, recentBytes: number) {
    this.#lookup = lookup;
    this.#recent = new RecentChunks(recentBytes);
  }

  /** For each of the ids, 32 bytes each: 1 when the chunk has to be stored, else 0. */
  async findMissing(ids: Uint8Array): Promise<Uint8Array> {
    const isMissing = new Uint8Array(ids.byteLength / CHUNK_ID_BYTES);
    const bytes = asBuffer(ids);
    const asked: { readonly id: ChunkId; readonly index: number }[] = [];
    for (let index = 0; index < isMissing.length; index++) {
      const at = index * CHUNK_ID_BYTES;
      if (this.#recent.add(bytes, at)) asked.push({ id: chunkIdOf(bytes.subarray(at, at + CHUNK_ID_BYTES)), index });
    }
    for (let from = 0; from < asked.length; from += MAX_IDS_PER_CALL) {
      const group = asked.slice(from, from + MAX_IDS_PER_CALL);
      const missing = await this.#lookup.findMissing(group.map(({ id }) => id));
      for (const { id, index } of group) if (missing.has(id)) isMissing[index] = 1;
    }
    return isMissing;
  }

  /** Forgets all: each chunk is asked for again when it comes next. */
  forget(): void {
    this.#recent.clear();
  }
}

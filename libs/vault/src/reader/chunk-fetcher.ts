import { AppError, isAppError, type ChunkId } from '@holdfast/kernel';
import { corruptChunk } from '../broken-object.js';
import type { VaultKeys } from '../keys/vault-keys.js';
import type { ChunkOpening, SealedChunk } from '../opening/chunk-opening.js';
import { type OpenerKeys, openerKeys } from '../packs/chunk-opener.js';
import type { Branch, ChunkPlace, ChunkSource } from '../ports.js';
import { type RangePlan, planRanges } from './plan-ranges.js';

/** What a fetcher is made from. */
export interface ChunkFetcherOptions {
  readonly keys: VaultKeys;
  readonly source: ChunkSource;
  readonly opening: ChunkOpening;
  /** Reads from a destination at the same time, for one call. */
  readonly reads: number;
}

/** Plain chunks by their id. */
export type PlainChunks = Map<ChunkId, Uint8Array>;

const MAX_IDS_PER_CALL = 1000;

/** Finds, reads and opens chunks of one vault. Every chunk is checked against its id. */
export class ChunkFetcher {
  readonly #options: ChunkFetcherOptions;
  readonly #keys = new Map<Branch, OpenerKeys>();

  constructor(options: ChunkFetcherOptions) {
    this.#options = options;
  }

  /** Where the chunks lie, those that the index knows. */
  async find(ids: readonly ChunkId[]): Promise<ReadonlyMap<ChunkId, ChunkPlace>> {
    const places = new Map<ChunkId, ChunkPlace>();
    for (let from = 0; from < ids.length; from += MAX_IDS_PER_CALL)
      for (const [id, place] of await this.#options.source.locate(ids.slice(from, from + MAX_IDS_PER_CALL)))
        places.set(id, place);
    return places;
  }

  /** Where the chunks lie, in the order asked; CHUNK_NOT_FOUND where the index does not know one. */
  async locate(ids: readonly ChunkId[]): Promise<ChunkPlace[]> {
    const places = await this.find(ids);
    return ids.map((id) => places.get(id) ?? unknownChunk(id));
  }

  /** Reads and opens chunks into `found`, a few reads at a time. */
  async fetch(branch: Branch, places: readonly ChunkPlace[], found: PlainChunks): Promise<void> {
    const queue = planRanges(places).values();
    const work = async (): Promise<void> => {
      for (const plan of queue) await this.#fetchRange(branch, plan, found);
    };
    await Promise.all(Array.from({ length: this.#options.reads }, work));
  }

  async #fetchRange(branch: Branch, plan: RangePlan, found: PlainChunks): Promise<void> {
    try {
      await this.#readRange(branch, plan, found);
    } catch (error) {
      if (!isAppError(error, 'OBJECT_NOT_FOUND')) throw error;
      // Space freeing may have carried the chunks into another pack since they were located.
      const places = await this.locate(plan.places.map(({ chunkId }) => chunkId));
      if (places.some(({ pack }) => pack === plan.pack)) throw error;
      for (const moved of planRanges(places)) await this.#readRange(branch, moved, found);
    }
  }

  async #readRange(branch: Branch, { pack, offset, length, places }: RangePlan, found: PlainChunks): Promise<void> {
    const { source, opening } = this.#options;
    const keys = this.#keysOf(branch);
    const stretch = await source.readRange(pack, offset, length);
    if (stretch.byteLength !== length)
      throw corruptChunk('a read gives as many bytes as were asked for', { pack, offset });
    const chunks = places.map((place) => sealedChunk(place, offset));
    const opened = await opening.open(keys, stretch, chunks);
    if ('corrupt' in opened) throw corruptChunk(opened.rule, { chunkId: opened.corrupt, pack });
    for (const [at, plain] of opened.plains.entries()) {
      const id = places[at]?.chunkId;
      if (id) found.set(id, plain);
    }
  }

  #keysOf(branch: Branch): OpenerKeys {
    const known = this.#keys.get(branch);
    if (known) return known;
    const keys = openerKeys(this.#options.keys, branch);
    this.#keys.set(branch, keys);
    return keys;
  }
}

/** No more than opening needs: it may have to be copied into another thread. */
function sealedChunk(place: ChunkPlace, from: number): SealedChunk {
  const { chunkId, offset, sealedBytes, plainBytes, birthPackId, birthCounter } = place;
  return { chunkId, at: offset - from, sealedBytes, plainBytes, birthPackId, birthCounter };
}

/** Throws CHUNK_NOT_FOUND. */
export function unknownChunk(id: ChunkId): never {
  throw new AppError(
    'CHUNK_NOT_FOUND',
    'The vault’s index does not know a chunk that a record refers to. Check the vault’s integrity; a rebuild of the index may find it.',
    {
      context: { chunkId: id },
    },
  );
}

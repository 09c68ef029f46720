import { AppError, isAppError, type ChunkId } from '@holdfast/kernel';
import { corruptChunk } from '../broken-object.js';
import type { VaultKeys } from '../keys/vault-keys.js';
import type { ContentRef } from '../item-record.js';
import type { ChunkOpening, SealedChunk } from '../opening/chunk-opening.js';
import { offsetsInRow, type OpenedContents, sealContents } from '../opening/sealed-contents.js';
import { type OpenerKeys, openerKeys } from '../packs/chunk-opener.js';
import type { Branch, ChunkPlace, ChunkSource } from '../ports.js';
import { type RangePlan, planRanges } from './plan-ranges.js';
import type { SpareMemory } from './spare-memory.js';

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
/** Nodes of trees that lie apart are as small as this: reading them takes waiting for a destination more than it takes memory. */
const SMALL_READ_BYTES = 256 * 1024;
/** So many times as many of these at the same time. */
const SMALL_READS_MORE = 8;

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

  /** Reads and opens chunks into `found`, a few reads at a time. The first failure is thrown when no read is under way any more. */
  async fetch(branch: Branch, places: readonly ChunkPlace[], found: PlainChunks): Promise<void> {
    const plans = planRanges(places);
    const areSmall = branch === 'meta' && plans.every(({ length }) => length <= SMALL_READ_BYTES);
    const atOnce = this.#options.reads * (areSmall ? SMALL_READS_MORE : 1);
    await this.#each(plans, (plan) => this.#fetchRange(branch, plan, found), atOnce);
  }

  /**
   * Reads and opens whole contents, each proven, from the places that the index gave for their chunks. Tries no other copy: a content of
   * which a stretch is damaged or cannot be read is one that is not sound.
   */
  async openContents(
    contents: readonly ContentRef[],
    places: ReadonlyMap<ChunkId, ChunkPlace>,
    spare: SpareMemory,
  ): Promise<OpenedContents> {
    const ids = new Set(contents.flatMap(({ chunks }) => chunks));
    const plans = planRanges([...ids].flatMap((id) => places.get(id) ?? []));
    const offsets = offsetsInRow(plans);
    const row = spare.take(plans.reduce((sum, { length }) => sum + length, 0));
    await this.#each([...plans.entries()], async ([at, { pack, offset, length }]) => {
      const into = Buffer.from(row, offsets[at], length);
      const bytes = await this.#options.source.readRange(pack, offset, length, into).catch(() => undefined);
      if (bytes && bytes.buffer !== row) into.set(bytes.subarray(0, length));
    });
    const { memoryBytes, ...sealed } = sealContents(contents, plans);
    return this.#options.opening.openContents(this.#keysOf('data'), { ...sealed, row }, spare.take(memoryBytes));
  }

  /** A few at a time. The first failure is thrown when nothing is under way any more. */
  async #each<Input>(
    inputs: readonly Input[],
    read: (input: Input) => Promise<void>,
    atOnce = this.#options.reads,
  ): Promise<void> {
    const queue = inputs.values();
    const failures: unknown[] = [];
    const work = async (): Promise<void> => {
      for (const input of queue) {
        if (failures.length > 0) return;
        await read(input).catch((cause: unknown) => failures.push(cause));
      }
    };
    await Promise.all(Array.from({ length: Math.min(inputs.length, atOnce) }, work));
    if (failures.length > 0) throw failures[0];
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

  async #readRange(branch: Branch, plan: RangePlan, found: PlainChunks): Promise<void> {
    const { source } = this.#options;
    const { pack, offset, length } = plan;
    try {
      await this.#open(branch, plan, await source.readRange(pack, offset, length), found);
    } catch (damage) {
      if (!isAppError(damage, 'CHUNK_CORRUPT')) throw damage;
      for await (const stretch of source.readCopies(pack, offset, length))
        if (await this.#isSound(branch, plan, stretch, found)) return;
      if (!(await this.#readDoubles(branch, plan, found))) throw damage;
    }
  }

  /** Chunk by chunk, each from whichever pack has it as it was written; false where one is in none. */
  async #readDoubles(branch: Branch, { places }: RangePlan, found: PlainChunks): Promise<boolean> {
    const { source } = this.#options;
    const doubles = await Promise.all(places.map((place) => source.doubles(place)));
    if (doubles.every(({ length }) => length === 0)) return false;
    for (const [at, place] of places.entries()) {
      const plans = [place, ...(doubles[at] ?? [])].flatMap((each) => planRanges([each]));
      let isFound = false;
      for (const plan of plans) isFound ||= await this.#isReadable(branch, plan, found);
      if (!isFound) return false;
    }
    return true;
  }

  async #isReadable(branch: Branch, plan: RangePlan, found: PlainChunks): Promise<boolean> {
    const { pack, offset, length } = plan;
    try {
      return await this.#isSound(branch, plan, await this.#options.source.readRange(pack, offset, length), found);
    } catch (error) {
      if (isAppError(error, 'OBJECT_NOT_FOUND')) return false;
      throw error;
    }
  }

  async #isSound(branch: Branch, plan: RangePlan, stretch: Uint8Array, found: PlainChunks): Promise<boolean> {
    try {
      await this.#open(branch, plan, stretch, found);
      return true;
    } catch (error) {
      if (isAppError(error, 'CHUNK_CORRUPT')) return false;
      throw error;
    }
  }

  async #open(
    branch: Branch,
    { pack, offset, length, places }: RangePlan,
    stretch: Uint8Array,
    found: PlainChunks,
  ): Promise<void> {
    const keys = this.#keysOf(branch);
    if (stretch.byteLength !== length)
      throw corruptChunk('a read gives as many bytes as were asked for', { pack, offset });
    const chunks = places.map((place) => sealedChunk(place, offset));
    const opened = await this.#options.opening.open(keys, stretch, chunks);
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

import type { ChunkId } from '@holdfast/kernel';
import type { ContentRef } from '../item-record.js';
import type { ChunkPlace } from '../ports.js';
import type { VaultChunks } from './chunk-cache.js';
import type { ChunkFetcher } from './chunk-fetcher.js';

/** Entries that are put in order together: so many records are in memory at once. */
const WINDOW = 2048;
const MAX_GROUP = 512;
/** Of the cache: contents of more stream by and are not brought into memory, and what is brought together is at most twice that. */
const MOST_OF_CACHE = 1 / 8;

interface Group<Entry> {
  readonly entries: readonly Entry[];
  readonly chunks: readonly ChunkId[];
  readonly places: ReadonlyMap<ChunkId, ChunkPlace>;
}

interface Sized<Entry> {
  readonly entry: Entry;
  readonly chunks: readonly ChunkId[];
  readonly place: ChunkPlace | undefined;
  readonly bytes: number;
}

/** Gives entries in the order in which their contents lie in packs: a pack is read once from front to back, not once for each item. */
export class PlaceOrder {
  constructor(
    private readonly fetcher: ChunkFetcher,
    private readonly cache: VaultChunks,
  ) {}

  /** Every entry once. Small contents are in memory when their entry comes; the next ones are on their way. */
  async *of<Entry>(
    entries: AsyncIterable<Entry>,
    contentOf: (entry: Entry) => ContentRef | undefined,
  ): AsyncGenerator<Entry> {
    let ready: Promise<readonly Entry[]> | undefined;
    for await (const group of this.#groups(entries, contentOf)) {
      const next = this.#bring(group).then(() => group.entries);
      if (ready) yield* await ready;
      ready = next;
    }
    if (ready) yield* await ready;
  }

  async *#groups<Entry>(
    entries: AsyncIterable<Entry>,
    contentOf: (entry: Entry) => ContentRef | undefined,
  ): AsyncGenerator<Group<Entry>> {
    for await (const window of windowsOf(entries)) {
      const chunksOf = (entry: Entry) => smallChunks(contentOf(entry), this.cache.maxBytes * MOST_OF_CACHE);
      const ids = new Set(window.flatMap(chunksOf).filter((id) => !this.cache.has(id)));
      // What the index does not know is told of when the item itself is read.
      const places = await this.fetcher.find([...ids]);
      const sized = window.map((entry): Sized<Entry> => {
        const chunks = chunksOf(entry);
        return { entry, chunks, place: places.get(chunks[0] ?? ('' as ChunkId)), bytes: contentOf(entry)?.bytes ?? 0 };
      });
      yield* grouped(sized.sort(byPlace), places, 2 * this.cache.maxBytes * MOST_OF_CACHE);
    }
  }

  async #bring<Entry>({ chunks, places }: Group<Entry>): Promise<void> {
    const found = new Map<ChunkId, Uint8Array>();
    const wanted = [...new Set(chunks)].filter((id) => !this.cache.has(id)).flatMap((id) => places.get(id) ?? []);
    // What cannot be read is found out item by item.
    await this.fetcher.fetch('data', wanted, found).catch(() => undefined);
    for (const [id, plain] of found) this.cache.add(id, plain);
  }
}

function smallChunks(content: ContentRef | undefined, maxBytes: number): readonly ChunkId[] {
  return content && content.depth === 0 && content.bytes <= maxBytes ? content.chunks : [];
}

function byPlace<Entry>({ place: a }: Sized<Entry>, { place: b }: Sized<Entry>): number {
  if (!a || !b) return Number(!a) - Number(!b);
  if (a.pack !== b.pack) return a.pack < b.pack ? -1 : 1;
  return a.offset - b.offset;
}

function* grouped<Entry>(
  sized: readonly Sized<Entry>[],
  places: ReadonlyMap<ChunkId, ChunkPlace>,
  maxBytes: number,
): Generator<Group<Entry>> {
  let group: Sized<Entry>[] = [];
  let bytes = 0;
  const done = (): Group<Entry> => ({
    entries: group.map(({ entry }) => entry),
    chunks: group.flatMap(({ chunks }) => chunks),
    places,
  });
  for (const one of sized) {
    const more = one.chunks.length > 0 ? one.bytes : 0;
    if (group.length > 0 && (bytes + more > maxBytes || group.length === MAX_GROUP)) {
      yield done();
      [group, bytes] = [[], 0];
    }
    group.push(one);
    bytes += more;
  }
  if (group.length > 0) yield done();
}

async function* windowsOf<Entry>(entries: AsyncIterable<Entry>): AsyncGenerator<readonly Entry[]> {
  let window: Entry[] = [];
  for await (const entry of entries) {
    if (window.push(entry) < WINDOW) continue;
    yield window;
    window = [];
  }
  if (window.length > 0) yield window;
}

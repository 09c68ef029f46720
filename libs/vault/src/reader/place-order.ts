import type { ChunkId } from '@holdfast/kernel';
import type { ContentRef } from '../item-record.js';
import type { ChunkPlace } from '../ports.js';
import type { ChunkFetcher } from './chunk-fetcher.js';
import { SpareMemory } from './spare-memory.js';

/** An entry, and its content where that is small and sound: in one piece and proven. Any other content is read by itself. */
export interface PlacedEntry<Entry> {
  readonly entry: Entry;
  /** Valid until the next entries are asked for. */
  readonly content: Uint8Array | undefined;
}

/** Entries that are put in order together: so many records are in memory at once. */
const WINDOW = 2048;
/** Entries, and bytes of contents, that are opened together. */
const GROUP_ENTRIES = 256;
const GROUP_BYTES = 4 * 1024 * 1024;
/** A content of more streams by and is not brought into memory. */
const SMALL_BYTES = 16 * 1024 * 1024;
/** Groups on their way while one is looked at: enough for two threads to open them. */
const GROUPS_AHEAD = 2;

interface Sized<Entry> {
  readonly entry: Entry;
  /** The content, where it is small and the index knows all of it. */
  readonly small: ContentRef | undefined;
  readonly place: ChunkPlace | undefined;
}

interface Group<Entry> {
  readonly entries: readonly Sized<Entry>[];
  readonly places: ReadonlyMap<ChunkId, ChunkPlace>;
}

interface OpenedGroup<Entry> {
  readonly placed: readonly PlacedEntry<Entry>[];
  readonly memory: ArrayBuffer | undefined;
}

/** Gives entries in the order in which their contents lie in packs: a pack is read once from front to back, not once for each item. */
export class PlaceOrder {
  readonly #spare = new SpareMemory(2 * (GROUPS_AHEAD + 1));

  constructor(private readonly fetcher: ChunkFetcher) {}

  /**
   * Every entry once, some hundred at a time; the next ones are on their way, and none is when this has ended. Where the entries break
   * off, those before come all the same, and then the failure.
   */
  async *of<Entry>(
    entries: AsyncIterable<Entry>,
    contentOf: (entry: Entry) => ContentRef | undefined,
  ): AsyncGenerator<readonly PlacedEntry<Entry>[]> {
    const ahead: Promise<OpenedGroup<Entry>>[] = [];
    try {
      for await (const group of this.#groups(entries, contentOf)) {
        ahead.push(this.#opened(group));
        if (ahead.length > GROUPS_AHEAD) yield* this.#lend(ahead);
      }
    } catch (cause) {
      while (ahead.length > 0) yield* this.#lend(ahead);
      throw cause;
    } finally {
      await Promise.all(ahead);
    }
    while (ahead.length > 0) yield* this.#lend(ahead);
  }

  /** The first of what was opened; its memory is used again when the next is asked for. */
  async *#lend<Entry>(ahead: Promise<OpenedGroup<Entry>>[]): AsyncGenerator<readonly PlacedEntry<Entry>[]> {
    const { placed, memory } = (await ahead[0]) ?? { placed: [], memory: undefined };
    void ahead.shift();
    yield placed;
    if (memory) this.#spare.giveBack(memory);
  }

  async *#groups<Entry>(
    entries: AsyncIterable<Entry>,
    contentOf: (entry: Entry) => ContentRef | undefined,
  ): AsyncGenerator<Group<Entry>> {
    for await (const window of windowsOf(entries)) {
      const ids = new Set(window.flatMap((entry) => smallOf(contentOf(entry))?.chunks ?? []));
      // What the index does not know is told of when the item itself is read.
      const places = await this.fetcher.find([...ids]);
      const sized = window.map((entry): Sized<Entry> => {
        const content = smallOf(contentOf(entry));
        const small = content && isWhole(content, places) ? content : undefined;
        return { entry, small, place: places.get(small?.chunks[0] ?? ('' as ChunkId)) };
      });
      for (const together of grouped(sized.sort(byPlace))) yield { entries: together, places };
    }
  }

  async #opened<Entry>({ entries, places }: Group<Entry>): Promise<OpenedGroup<Entry>> {
    const contents = entries.flatMap(({ small }) => small ?? []);
    if (contents.length === 0)
      return { placed: entries.map(({ entry }) => ({ entry, content: undefined })), memory: undefined };
    // What cannot be read is found out item by item.
    const opened = await this.fetcher.openContents(contents, places, this.#spare).catch(() => undefined);
    let next = 0;
    const placed = entries.map(({ entry, small }): PlacedEntry<Entry> => {
      const start = small ? (opened?.starts[next++] ?? -1) : -1;
      const content = opened && small && start >= 0 ? new Uint8Array(opened.memory, start, small.bytes) : undefined;
      return { entry, content };
    });
    if (opened) this.#spare.giveBack(opened.row);
    return { placed, memory: opened?.memory };
  }
}

function smallOf(content: ContentRef | undefined): ContentRef | undefined {
  const isSmall = content && content.depth === 0 && content.chunks.length > 0 && content.bytes <= SMALL_BYTES;
  return isSmall ? content : undefined;
}

/** Whether the index knows every chunk, and no more of them than such a content can have: its memory is reserved by that. */
function isWhole({ bytes, chunks }: ContentRef, places: ReadonlyMap<ChunkId, ChunkPlace>): boolean {
  const plainBytes = chunks.reduce((sum, id) => sum + (places.get(id)?.plainBytes ?? Infinity), 0);
  return plainBytes <= 2 * bytes + 64 * 1024;
}

function byPlace<Entry>({ place: a }: Sized<Entry>, { place: b }: Sized<Entry>): number {
  if (!a || !b) return Number(!a) - Number(!b);
  if (a.pack !== b.pack) return a.pack < b.pack ? -1 : 1;
  return a.offset - b.offset;
}

function* grouped<Entry>(sized: readonly Sized<Entry>[]): Generator<readonly Sized<Entry>[]> {
  let group: Sized<Entry>[] = [];
  let bytes = 0;
  for (const one of sized) {
    const more = one.small?.bytes ?? 0;
    if (group.length > 0 && (bytes + more > GROUP_BYTES || group.length === GROUP_ENTRIES)) {
      yield group;
      [group, bytes] = [[], 0];
    }
    group.push(one);
    bytes += more;
  }
  if (group.length > 0) yield group;
}

async function* windowsOf<Entry>(entries: AsyncIterable<Entry>): AsyncGenerator<readonly Entry[]> {
  let window: Entry[] = [];
  try {
    for await (const entry of entries) {
      if (window.push(entry) < WINDOW) continue;
      yield window;
      window = [];
    }
  } catch (cause) {
    if (window.length > 0) yield window;
    throw cause;
  }
  if (window.length > 0) yield window;
}

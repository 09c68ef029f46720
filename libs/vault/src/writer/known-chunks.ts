import type { ChunkId, PackName } from '@holdfast/kernel';
import { CHUNK_ID_BYTES, chunkIdOf } from '../chunks/chunk-id.js';
import { asBuffer } from '../octets.js';
import type { FinishedPack } from '../packs/pack-builder.js';
import { TRAILER_ENTRY_BYTES } from '../packs/trailer.js';
import type { ChunkLookup } from '../ports.js';
import type { KnownAudit } from './known-audit.js';
import { RecentChunks } from './recent-chunks.js';

/** A task as this file sees it: who asks, and which packs its snapshot will need. */
export interface Asker {
  /** From 1, different for every task of the writer. */
  readonly number: number;
  readonly lookup: ChunkLookup;
  /** Told of every chunk that the look-up called known. */
  readonly audit: KnownAudit;
  /** Packs of this writer that hold chunks the task brought. Complete after a flush. */
  readonly packs: Set<PackName>;
}

interface Item {
  readonly id: ChunkId;
  /** Place in the answer. */
  readonly index: number;
}

const MAX_IDS_PER_CALL = 1000;
/** Packs whose names are kept; a chunk of an older one is asked for again. */
const MAX_PACK_NAMES = 65_536;

/** What the table of recent chunks holds beside pack numbers (above 0) and askers that were told *known* (below 0). */
const ASKED = 0;
const FORGOTTEN = -0x8000_0000;

/**
 * Tells which chunks have to be stored. Two tasks that bring the same chunk store it once, and the pack it goes into is
 * counted for both. A chunk that the index knows is asked for by each task itself, since the answer keeps the chunk for
 * that task alone.
 */
export class KnownChunks {
  readonly #recent: RecentChunks;
  /** Chunks that somebody is asking for; resolves when that is decided. */
  readonly #undecided = new Map<ChunkId, Promise<undefined>>();
  /** Chunks on their way into a pack, and the tasks that rely on it. */
  readonly #relied = new Map<ChunkId, Asker | Set<Asker>>();
  readonly #packNames = new Map<number, PackName>();
  #packCount = 0;

  constructor(recentBytes: number) {
    this.#recent = new RecentChunks(recentBytes);
  }

  /** Sets 1 in `isMissing` at those `indexes` whose chunk (32 bytes each in `ids`) the asker's batch has to store. */
  async decide(asker: Asker, ids: Uint8Array, indexes: readonly number[], isMissing: Uint8Array): Promise<void> {
    const bytes = asBuffer(ids);
    const ask: Item[] = [];
    const wait: Item[] = [];
    const { promise: decided, resolve: haveDecided } = Promise.withResolvers<undefined>();
    for (const index of indexes) {
      const at = index * CHUNK_ID_BYTES;
      const item = { id: chunkIdOf(bytes.subarray(at, at + CHUNK_ID_BYTES)), index };
      const value = this.#recent.get(bytes, at);
      if (value === -asker.number) continue;
      if (value === ASKED && this.#undecided.has(item.id)) wait.push(item);
      else if (value === ASKED && this.#relied.has(item.id)) this.#rely(asker, item.id);
      else if (!this.#isInPackOf(asker, value)) {
        this.#recent.set(bytes, at, ASKED);
        this.#undecided.set(item.id, decided);
        ask.push(item);
      }
    }
    await this.#askAll(asker, bytes, ask, isMissing).finally(() => haveDecided(undefined));
    if (wait.length === 0) return;
    await Promise.all(wait.flatMap(({ id }) => this.#undecided.get(id) ?? []));
    // It is stored by whoever asked, or has to be asked for once more.
    const again = wait.map(({ index }) => index);
    await this.decide(asker, ids, again, isMissing);
  }

  /** Learns where chunks went. */
  packed({ name, trailer }: FinishedPack): void {
    const number = ++this.#packCount;
    this.#packNames.set(number, name);
    if (this.#packNames.size > MAX_PACK_NAMES) this.#packNames.delete(number - MAX_PACK_NAMES);
    const bytes = asBuffer(trailer);
    for (let at = 0; at < bytes.byteLength; at += TRAILER_ENTRY_BYTES) {
      this.#recent.set(bytes, at, number);
      const id = chunkIdOf(bytes.subarray(at, at + CHUNK_ID_BYTES));
      for (const asker of askersIn(this.#relied.get(id))) asker.packs.add(name);
      this.#relied.delete(id);
    }
  }

  /** Chunks that the asker relies on and that lie in no finished pack. */
  underWay(asker: Asker): readonly ChunkId[] {
    return [...this.#relied].flatMap(([id, relied]) => (isAmong(relied, asker) ? id : []));
  }

  /** Whether a chunk that somebody relied on lies in a finished pack by now. */
  isPacked(id: ChunkId): boolean {
    return !this.#relied.has(id);
  }

  /** Forgets all: each chunk is asked for again when it comes next. */
  forget(): void {
    this.#recent.clear();
  }

  #rely(asker: Asker, id: ChunkId): void {
    const relied = this.#relied.get(id);
    if (relied instanceof Set) relied.add(asker);
    else if (relied === undefined) this.#relied.set(id, asker);
    else if (relied !== asker) this.#relied.set(id, new Set([relied, asker]));
  }

  #isInPackOf(asker: Asker, value: number | undefined): boolean {
    const name = value === undefined ? undefined : this.#packNames.get(value);
    if (name !== undefined) asker.packs.add(name);
    return name !== undefined;
  }

  async #askAll(asker: Asker, ids: Buffer, items: readonly Item[], isMissing: Uint8Array): Promise<void> {
    const groups = Array.from({ length: Math.ceil(items.length / MAX_IDS_PER_CALL) }, (_, i) =>
      items.slice(i * MAX_IDS_PER_CALL, (i + 1) * MAX_IDS_PER_CALL),
    );
    await Promise.all(groups.map((group) => this.#ask(asker, ids, group, isMissing)));
  }

  async #ask(asker: Asker, ids: Buffer, group: readonly Item[], isMissing: Uint8Array): Promise<void> {
    let missing: ReadonlySet<ChunkId> | undefined;
    const known: ChunkId[] = [];
    try {
      missing = await asker.lookup.findMissing(group.map(({ id }) => id));
    } finally {
      for (const { id, index } of group) {
        this.#undecided.delete(id);
        if (missing?.has(id)) {
          isMissing[index] = 1;
          this.#rely(asker, id);
        } else {
          this.#recent.set(ids, index * CHUNK_ID_BYTES, missing ? -asker.number : FORGOTTEN);
          known.push(id);
        }
      }
    }
    await asker.audit.take(known);
  }
}

/** Mostly one: a set for each chunk would cost more than all else that is kept of it. */
function askersIn(relied: Asker | Set<Asker> | undefined): Iterable<Asker> {
  if (relied === undefined) return [];
  return relied instanceof Set ? relied : [relied];
}

function isAmong(relied: Asker | Set<Asker>, asker: Asker): boolean {
  return relied instanceof Set ? relied.has(asker) : relied === asker;
}

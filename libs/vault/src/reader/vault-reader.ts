import type { ChunkId } from '@holdfast/kernel';
import { createHash, hash } from 'node:crypto';
import { brokenObject, corruptChunk } from '../broken-object.js';
import { type ListEntry, MAX_LIST_DEPTH, decodeContentList } from '../chunks/content-list.js';
import type { ContentRef } from '../item-record.js';
import type { VaultKeys } from '../keys/vault-keys.js';
import { assembleMail, assembleMailInto } from '../mail/mail-assembler.js';
import type { ChunkOpening } from '../opening/chunk-opening.js';
import { inlineOpening } from '../opening/inline-opening.js';
import type { Branch, ChunkPlace, ChunkSource } from '../ports.js';
import { ChunkCache, type VaultChunks } from './chunk-cache.js';
import { ChunkFetcher, unknownChunk } from './chunk-fetcher.js';
import { type PlacedEntry, PlaceOrder } from './place-order.js';

/** What a reader is made from. */
export interface VaultReaderOptions {
  readonly keys: VaultKeys;
  readonly source: ChunkSource;
  /** Where chunks are opened; in the calling thread unless told otherwise. */
  readonly opening?: ChunkOpening;
  /** Chunks that were read, shared with whoever reads the same vault; else a cache of `cacheBytes` of its own. */
  readonly cache?: VaultChunks;
  /** Memory for chunks that were read, in bytes. */
  readonly cacheBytes?: number;
  /** Plain bytes that one content reads ahead of whoever takes them. */
  readonly readAheadBytes?: number;
  /** Reads from a destination at the same time, for one call. */
  readonly reads?: number;
}

const CACHE_BYTES = 32 * 1024 * 1024;
const READ_AHEAD_BYTES = 8 * 1024 * 1024;
const READS = 4;
const MAX_IDS_PER_CALL = 1000;
/** Content up to this many bytes and chunks is read in one piece. */
const SMALL_BYTES = 1024 * 1024;
const SMALL_CHUNKS = 16;

/** Reads from one vault. Every chunk is checked against its id, every content against its SHA-256. */
export class VaultReader {
  readonly #options: VaultReaderOptions;
  readonly #fetcher: ChunkFetcher;
  readonly #cache: VaultChunks;

  constructor(options: VaultReaderOptions) {
    this.#options = options;
    const { keys, source, opening = inlineOpening, reads = READS } = options;
    this.#fetcher = new ChunkFetcher({ keys, source, opening, reads });
    this.#cache = options.cache ?? new ChunkCache(options.cacheBytes ?? CACHE_BYTES).of('');
  }

  /** The plain bytes of one chunk. */
  async readChunk(branch: Branch, id: ChunkId): Promise<Uint8Array> {
    const [plain] = await this.readChunks(branch, [id]);
    return plain ?? unknownChunk(id);
  }

  /** The plain bytes of several chunks, in the order asked. All are in memory at once: at most 1,000 and as many as fit. */
  async readChunks(branch: Branch, ids: readonly ChunkId[]): Promise<Uint8Array[]> {
    const found = new Map<ChunkId, Uint8Array>();
    const missing = new Set<ChunkId>();
    for (const id of ids) {
      const plain = this.#cache.get(id);
      if (plain) found.set(id, plain);
      else missing.add(id);
    }
    const places = missing.size > 0 ? await this.#fetcher.locate([...missing]) : [];
    await this.#fetcher.fetch(branch, places, found);
    this.#keep(found);
    return ids.map((id) => found.get(id) ?? unknownChunk(id));
  }

  /** Remembers a chunk that was just written, so that it need not be read back. */
  remember(id: ChunkId, plain: Uint8Array): void {
    this.#cache.add(id, plain);
  }

  /** A chunk that is in memory. */
  remembered(id: ChunkId): Uint8Array | undefined {
    return this.#cache.get(id);
  }

  /** The content from its first byte to its last; throws CHUNK_CORRUPT at the end when it is not what was stored. */
  async *readContent(ref: ContentRef): AsyncGenerator<Uint8Array> {
    if (ref.depth === 0 && ref.bytes <= SMALL_BYTES && ref.chunks.length <= SMALL_CHUNKS) {
      if (ref.bytes > 0) yield await this.#smallContent(ref);
      else checkContent(ref, 0, hash('sha256', '', 'buffer'));
      return;
    }
    const sha256 = createHash('sha256');
    let bytes = 0;
    for await (const piece of this.#plainOf(ref)) {
      bytes += piece.byteLength;
      if (bytes > ref.bytes) break;
      sha256.update(piece);
      yield piece;
    }
    checkContent(ref, bytes, sha256.digest());
  }

  /** In one piece, checked before anybody sees it. */
  async #smallContent(ref: ContentRef): Promise<Uint8Array> {
    const chunks = await this.readChunks('data', ref.chunks);
    const [only] = chunks;
    const stored = chunks.length === 1 && only ? only : Buffer.concat(chunks);
    if (ref.form === 'bytes') return checked(ref, stored);
    const message = Buffer.allocUnsafeSlow(ref.bytes);
    return checked(ref, message.subarray(0, assembleMailInto(stored, message)));
  }

  /** `length` bytes of the content from `offset`, or those up to its end. Reads only the chunks it needs; a message is rebuilt up to there. */
  async *readContentRange(ref: ContentRef, offset: number, length: number): AsyncGenerator<Uint8Array> {
    const end = Math.min(ref.bytes, offset + length);
    const skipped =
      ref.form === 'bytes' ? await this.#entriesFrom(ref, offset) : { entries: this.#entriesOf(ref), at: 0 };
    const pieces = this.#chunksOf(skipped.entries);
    let at = skipped.at;
    if (at >= end) return;
    for await (const piece of ref.form === 'mime' ? assembleMail(pieces) : pieces) {
      const from = Math.max(0, offset - at);
      if (from < piece.byteLength) yield piece.subarray(from, Math.min(piece.byteLength, end - at));
      at += piece.byteLength;
      if (at >= end) return;
    }
    throw corruptChunk('a content has the length that its record says', { bytes: ref.bytes });
  }

  /** Brings the chunks of many small contents into the cache, with as few reads as they allow. Skips what would not fit. */
  async warm(refs: readonly ContentRef[]): Promise<void> {
    const ids = new Set<ChunkId>();
    for (const ref of refs) if (ref.depth === 0) for (const id of ref.chunks) if (!this.#cache.has(id)) ids.add(id);
    let room = this.#cache.maxBytes / 2;
    const fitting = (await this.#fetcher.locate([...ids])).filter(({ plainBytes }) => (room -= plainBytes) > 0);
    const found = new Map<ChunkId, Uint8Array>();
    await this.#fetcher.fetch('data', fitting, found);
    this.#keep(found);
  }

  /**
   * The entries, each once, in the order in which their contents lie in packs, some hundred at a time and their small contents with them,
   * which are valid until the next entries are asked for. For whoever reads many items and need not keep their order. A content that
   * cannot be read fails when it is read by itself.
   */
  inPlaceOrder<Entry>(
    entries: AsyncIterable<Entry>,
    contentOf: (entry: Entry) => ContentRef | undefined,
  ): AsyncGenerator<readonly PlacedEntry<Entry>[]> {
    return new PlaceOrder(this.#fetcher).of(entries, contentOf);
  }

  /** What streams by in windows is not kept: it would push out what is asked for again. */
  #keep(found: ReadonlyMap<ChunkId, Uint8Array>): void {
    for (const [id, plain] of found) this.#cache.add(id, plain);
  }

  #plainOf(ref: ContentRef): AsyncIterable<Uint8Array> {
    const chunks = this.#chunksOf(this.#entriesOf(ref));
    return ref.form === 'mime' ? assembleMail(chunks) : chunks;
  }

  /** The chunks' ids in order; those of lists with the bytes beneath. */
  async *#entriesOf(ref: ContentRef): AsyncGenerator<ChunkId> {
    if (ref.depth > MAX_LIST_DEPTH) throw brokenObject('content reference', 'it has at most 6 levels of lists');
    for (const id of ref.chunks) yield* this.#leaves(id, ref.depth);
  }

  async *#leaves(id: ChunkId, depth: number): AsyncGenerator<ChunkId> {
    if (depth === 0) {
      yield id;
      return;
    }
    for (const entry of await this.#list(id)) yield* this.#leaves(entry.id, depth - 1);
  }

  async #list(id: ChunkId): Promise<ListEntry[]> {
    return decodeContentList(await this.readChunk('meta', id));
  }

  /** The chunks from the one that holds byte `offset`, and which byte of the content they start with. */
  async #entriesFrom(
    ref: ContentRef,
    offset: number,
  ): Promise<{ readonly entries: AsyncIterable<ChunkId>; readonly at: number }> {
    const top = ref.depth === 0 ? await this.#withLengths(ref.chunks) : await this.#topEntries(ref);
    return this.#skip(top, Math.max(0, ref.depth - 1), offset, 0);
  }

  async #topEntries(ref: ContentRef): Promise<ListEntry[]> {
    const lists = await Promise.all(ref.chunks.map((id) => this.#list(id)));
    return lists.flat();
  }

  async #withLengths(ids: readonly ChunkId[]): Promise<ListEntry[]> {
    const places = new Map(
      (await this.#fetcher.locate([...new Set(ids)])).map((place) => [place.chunkId, place.plainBytes]),
    );
    return ids.map((id) => ({ id, bytes: places.get(id) ?? 0 }));
  }

  async #skip(
    entries: readonly ListEntry[],
    depth: number,
    offset: number,
    start: number,
  ): Promise<{ readonly entries: AsyncIterable<ChunkId>; readonly at: number }> {
    let at = start;
    let first = 0;
    for (const { bytes } of entries) {
      if (at + bytes > offset) break;
      at += bytes;
      first++;
    }
    const [head, ...rest] = entries.slice(first);
    if (!head) return { entries: this.#chain([], 0, undefined), at };
    if (depth === 0) return { entries: this.#chain([head, ...rest], 0, undefined), at };
    const inner = await this.#skip(await this.#list(head.id), depth - 1, offset, at);
    return { entries: this.#chain(rest, depth, inner.entries), at: inner.at };
  }

  async *#chain(
    entries: readonly ListEntry[],
    depth: number,
    before: AsyncIterable<ChunkId> | undefined,
  ): AsyncGenerator<ChunkId> {
    if (before) yield* before;
    for (const { id } of entries) yield* this.#leaves(id, depth);
  }

  /** Chunks in order, a window at a time, the next window on its way while one is taken. */
  async *#chunksOf(ids: AsyncIterable<ChunkId>): AsyncGenerator<Uint8Array> {
    let next: Promise<Uint8Array[]> | undefined;
    try {
      for await (const window of this.#windows(ids)) {
        const current = next;
        next = this.#readWindow(window);
        // Its failure is met when its turn comes: until then nobody else may be told of it.
        next.catch(() => undefined);
        if (current) yield* await current;
      }
      if (next) yield* await next;
    } finally {
      // Where the reader stops before, nothing of it is read on.
      await next?.catch(() => undefined);
    }
  }

  async *#windows(ids: AsyncIterable<ChunkId>): AsyncGenerator<readonly (ChunkPlace | Uint8Array)[]> {
    let group: ChunkId[] = [];
    const most = Math.max(
      1,
      Math.min(MAX_IDS_PER_CALL, Math.floor((this.#options.readAheadBytes ?? READ_AHEAD_BYTES) / 8192)),
    );
    for await (const id of ids) {
      group.push(id);
      if (group.length < most) continue;
      yield* this.#splitByBytes(await this.#placesOf(group));
      group = [];
    }
    if (group.length > 0) yield* this.#splitByBytes(await this.#placesOf(group));
  }

  async #placesOf(ids: readonly ChunkId[]): Promise<(ChunkPlace | Uint8Array)[]> {
    const cached = new Map<ChunkId, Uint8Array>();
    for (const id of ids) {
      const plain = this.#cache.get(id);
      if (plain) cached.set(id, plain);
    }
    const missing = [...new Set(ids)].filter((id) => !cached.has(id));
    const places = new Map(
      (missing.length > 0 ? await this.#fetcher.locate(missing) : []).map((place) => [place.chunkId, place]),
    );
    return ids.map((id) => cached.get(id) ?? places.get(id) ?? unknownChunk(id));
  }

  *#splitByBytes(places: readonly (ChunkPlace | Uint8Array)[]): Generator<readonly (ChunkPlace | Uint8Array)[]> {
    let window: (ChunkPlace | Uint8Array)[] = [];
    let bytes = 0;
    const most = (this.#options.readAheadBytes ?? READ_AHEAD_BYTES) / 2;
    for (const place of places) {
      const size = place instanceof Uint8Array ? place.byteLength : place.plainBytes;
      if (window.length > 0 && bytes + size > most) {
        yield window;
        window = [];
        bytes = 0;
      }
      window.push(place);
      bytes += size;
    }
    if (window.length > 0) yield window;
  }

  async #readWindow(window: readonly (ChunkPlace | Uint8Array)[]): Promise<Uint8Array[]> {
    const found = new Map<ChunkId, Uint8Array>();
    const places = new Map<ChunkId, ChunkPlace>();
    for (const place of window) if (!(place instanceof Uint8Array)) places.set(place.chunkId, place);
    await this.#fetcher.fetch('data', [...places.values()], found);
    return window.map((place) =>
      place instanceof Uint8Array ? place : (found.get(place.chunkId) ?? unknownChunk(place.chunkId)),
    );
  }
}

function checked(ref: ContentRef, content: Uint8Array): Uint8Array {
  checkContent(ref, content.byteLength, hash('sha256', content, 'buffer'));
  return content;
}

function checkContent(ref: ContentRef, bytes: number, sha256: Buffer): void {
  if (bytes !== ref.bytes) throw corruptChunk('a content has the length that its record says', { bytes: ref.bytes });
  if (!sha256.equals(ref.sha256)) throw corruptChunk('a content has the SHA-256 that its record says');
}

import type { ChunkId } from '@holdfast/kernel';
import { brokenObject } from '../broken-object.js';
import { asBuffer } from '../octets.js';
import { CHUNK_ID_BYTES, chunkIdOf } from './chunk-id.js';

/** Content of more chunks than this keeps its list in chunks of the metadata branch (docs/format/v1.md#content-lists). */
export const MAX_INLINE_CHUNKS = 64;
/** Levels of lists that a reader follows: enough for any content a vault can hold. */
export const MAX_LIST_DEPTH = 6;

/** Chunk id (32 bytes) and plain bytes of content beneath it (8, unsigned little-endian). */
const ENTRY_BYTES = 40;
const MIN_ENTRIES = 256;
const MAX_ENTRIES = 4096;
/** One id in 1,024 may end a list, so that an insertion into the content changes few lists. */
const END_MASK = 1023;

/** One line of a list: a chunk, or a list one level below. */
export interface ListEntry {
  readonly id: ChunkId;
  readonly bytes: number;
}

/** Reads a list chunk. */
export function decodeContentList(plain: Uint8Array): ListEntry[] {
  if (plain.byteLength === 0 || plain.byteLength % ENTRY_BYTES !== 0 || plain.byteLength > MAX_ENTRIES * ENTRY_BYTES)
    throw brokenObject('content list', 'it has 1 to 4,096 entries of 40 bytes');
  const bytes = asBuffer(plain);
  return Array.from({ length: plain.byteLength / ENTRY_BYTES }, (_, i) => {
    const at = i * ENTRY_BYTES;
    const length = bytes.readBigUInt64LE(at + CHUNK_ID_BYTES);
    if (length > BigInt(Number.MAX_SAFE_INTEGER)) throw brokenObject('content list', 'lengths are below 2^53');
    return { id: chunkIdOf(bytes.subarray(at, at + CHUNK_ID_BYTES)), bytes: Number(length) };
  });
}

interface Level {
  entries: Buffer;
  count: number;
  bytes: number;
}

/** Stores a finished list and returns its chunk id as 32 bytes. */
export type StoreList = (plain: Uint8Array) => Uint8Array;

/** Collects the chunks of one content, in order; memory does not grow with the content. */
export class ContentListBuilder {
  readonly #store: StoreList;
  #inline: Uint8Array[] | undefined = [];
  readonly #levels: Level[] = [];
  readonly #inlineBytes: number[] = [];

  constructor(store: StoreList) {
    this.#store = store;
  }

  add(id: Uint8Array, plainBytes: number): void {
    if (!this.#inline) {
      this.#push(0, id, plainBytes);
      return;
    }
    this.#inline.push(id);
    this.#inlineBytes.push(plainBytes);
    if (this.#inline.length > MAX_INLINE_CHUNKS) this.#moveOut(this.#inline);
  }

  /** The ids that a content reference keeps, and how many levels of lists lie below them. */
  finish(): { readonly chunks: readonly Uint8Array[]; readonly depth: number } {
    if (this.#inline) return { chunks: this.#inline, depth: 0 };
    for (let depth = 0; ; depth++) {
      const level = this.#level(depth);
      if (depth === this.#levels.length - 1 && depth > 0 && level.count === 1)
        return { chunks: [Uint8Array.from(level.entries.subarray(0, CHUNK_ID_BYTES))], depth };
      if (level.count > 0) this.#close(depth);
    }
  }

  #moveOut(ids: readonly Uint8Array[]): void {
    this.#inline = undefined;
    for (const [i, id] of ids.entries()) this.#push(0, id, this.#inlineBytes[i] ?? 0);
  }

  #level(depth: number): Level {
    return (this.#levels[depth] ??= { entries: Buffer.alloc(MAX_ENTRIES * ENTRY_BYTES), count: 0, bytes: 0 });
  }

  #push(depth: number, id: Uint8Array, bytes: number): void {
    const level = this.#level(depth);
    const at = level.count * ENTRY_BYTES;
    level.entries.set(id, at);
    level.entries.writeBigUInt64LE(BigInt(bytes), at + CHUNK_ID_BYTES);
    level.count++;
    level.bytes += bytes;
    const mayEnd = level.count >= MIN_ENTRIES && (level.entries.readUInt16LE(at) & END_MASK) === 0;
    if (mayEnd || level.count === MAX_ENTRIES) this.#close(depth);
  }

  #close(depth: number): void {
    const level = this.#level(depth);
    const { count, bytes } = level;
    const id = this.#store(Uint8Array.from(level.entries.subarray(0, count * ENTRY_BYTES)));
    level.count = 0;
    level.bytes = 0;
    this.#push(depth + 1, id, bytes);
  }
}

import type { ChunkId, PackId, PackName } from '@holdfast/kernel';

/**
 * The two kinds of content in a vault, each with its own key branch and its own packs: `data` holds what customers wrote,
 * `meta` holds tree nodes, runs, checkpoints and records.
 */
export type Branch = 'data' | 'meta';

/** Where one chunk lies inside a pack and the birth that its key and nonce come from (docs/format/v1.md#trailer-entry). */
export interface TrailerEntry {
  readonly chunkId: ChunkId;
  /** Bytes from the start of the pack to the first byte of the sealed chunk. */
  readonly offset: number;
  /** Bytes in the pack, ciphertext and tag. */
  readonly sealedBytes: number;
  /** Bytes after decryption and decompression. */
  readonly plainBytes: number;
  /** The pack in which the chunk was sealed first; repacking keeps it. */
  readonly birthPackId: PackId;
  /** Position in that pack; the nonce is this number. */
  readonly birthCounter: number;
}

/** A whole pack, sealed: what one PUT to a destination carries. */
export interface SealedPack {
  readonly name: PackName;
  readonly branch: Branch;
  readonly bytes: Uint8Array;
  readonly entries: readonly TrailerEntry[];
}

/** Where to read one chunk. */
export interface ChunkPlace extends TrailerEntry {
  readonly pack: PackName;
  readonly branch: Branch;
}

/** Tells which chunks a vault lacks. May answer *missing* for a chunk that is there (it is stored again), never the reverse. */
export abstract class ChunkLookup {
  /** At most 1,000 ids a call. A chunk answered as present stays until the asking task's epoch ends. */
  abstract findMissing(ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>>;
  /** Those of at most 1,000 ids that the index has a place for: asked another way, to hold an answer of {@link findMissing} against. */
  abstract findPlaced(ids: readonly ChunkId[]): Promise<ReadonlySet<ChunkId>>;
}

/** Takes sealed packs to a destination. */
export abstract class PackSink {
  /**
   * Resolves when a destination has acknowledged the bytes and the index knows the entries. Safe to repeat with the same
   * pack. The bytes are the writer's again when the promise settles: copy what has to stay.
   */
  abstract put(pack: SealedPack): Promise<void>;
}

/** Finds and reads what a vault holds. */
export abstract class ChunkSource {
  /** Ids that the index does not know are absent from the answer. At most 1,000 ids a call. */
  abstract locate(ids: readonly ChunkId[]): Promise<ReadonlyMap<ChunkId, ChunkPlace>>;
  /**
   * Exactly `length` bytes of a pack from `offset`, or a thrown STORE_* / OBJECT_NOT_FOUND. An array that fills its buffer is given away:
   * the reader moves it into another thread, or frees it.
   * @param into memory of that length where the bytes may be put, by a source that can
   */
  abstract readRange(pack: PackName, offset: number, length: number, into?: Buffer<ArrayBuffer>): Promise<Uint8Array>;

  /**
   * The same stretch as each place that keeps the pack has it, one after the other and as long as the caller asks, where {@link readRange}
   * gave bytes that are not what was written. The place whose bytes were taken last is read from then on. None where there is one place.
   */
  async *readCopies(_pack: PackName, _offset: number, _length: number): AsyncGenerator<Uint8Array, void, undefined> {}

  /** The other packs that hold the chunk of a place of which no copy is what was written. */
  async doubles(_place: ChunkPlace): Promise<readonly ChunkPlace[]> {
    return [];
  }
}

/** The part of the chunk layer that trees, runs and snapshots stand on. Implemented by the vault's writer and reader together. */
export abstract class ChunkStore {
  /** Stores a chunk in the branch's open pack unless the vault has it. Durable only after {@link flush}. */
  abstract put(branch: Branch, plain: Uint8Array): Promise<ChunkId>;
  /** The plain bytes of a chunk, checked against its id; also of one that was put and not yet flushed. */
  abstract get(branch: Branch, id: ChunkId): Promise<Uint8Array>;
  /** The same for some chunks, in the order asked; all are in memory at once. */
  getMany(branch: Branch, ids: readonly ChunkId[]): Promise<Uint8Array[]> {
    return Promise.all(ids.map((id) => this.get(branch, id)));
  }
  /** Resolves when every chunk put before the call is acknowledged by a destination. */
  abstract flush(): Promise<void>;
}

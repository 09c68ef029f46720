import { digestOf, type ObjectDigest } from './digest-of.js';
import { AppError } from '@holdfast/kernel';
import { type Readable } from 'node:stream';
import { type CheckReport } from './check-report.js';

/** What an object holds: all bytes at once, or a stream of them in order. */
export type ObjectBody = Uint8Array | AsyncIterable<Uint8Array>;

/** What a writer promises about the bytes of one object, and a destination holds it to. */
export interface PutTerms {
  /** Length of the object, in bytes. */
  readonly bytes: number;
  /** SHA-256 of the object's bytes, lower-case hexadecimal. */
  readonly sha256: string;
  /** Fails with OBJECT_EXISTS where the name is taken; without it an object of that name is replaced as a whole. */
  readonly ifAbsent: boolean;
}

/** A stretch of an object, in bytes. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface ObjectInfo {
  readonly name: string;
  readonly bytes: number;
}

export interface ObjectHead extends ObjectInfo {
  /** SHA-256 that the destination checked when the object was written; undefined where it keeps none. */
  readonly sha256?: string;
}

/** What became of an object that was to be deleted. */
export type Deletion =
  | { readonly is: 'deleted' | 'absent' }
  /** The destination keeps it: until then, in milliseconds since the epoch, or until somebody ends a hold there. */
  | { readonly is: 'locked'; readonly until: number | undefined };

/** Instants in milliseconds since the epoch. */
export interface LockWish {
  /** What is locked beyond then stays as it is. */
  readonly needed: number;
  /** What is not is locked until then. */
  readonly until: number;
}

/** One HTTP request that somebody without the credentials may make, with exactly these headers, until it expires. */
export interface Place {
  readonly method: 'PUT' | 'GET';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * A place that holds one vault's objects: a folder, a bucket. It sees names and sealed bytes only, and everything lies
 * below the prefix given when it was opened. Every method may be called again after a failure; the caller decides when,
 * by the error's `retry`. Failures are STORE_* errors, or OBJECT_NOT_FOUND and OBJECT_EXISTS where they are named below.
 */
export abstract class Destination {
  /** Marks the place as ours, when it is used for the first time. Later calls fail where that mark has gone (a drive that is not mounted). */
  abstract claim(): Promise<void>;

  /** Resolves when the object is durable, which is looked at and not only believed. An object is visible whole or not at all; other bytes than `terms` says are refused. */
  abstract put(name: string, body: ObjectBody, terms: PutTerms): Promise<void>;

  /** The bytes of an object, or those of `range` that exist. OBJECT_NOT_FOUND where there is none. Destroy what is not read to its end. */
  abstract get(name: string, range?: ByteRange): Promise<Readable>;

  /**
   * The bytes of `range` that exist, in one piece: in memory of their own, which it reserves, or in `into`, which has the range's length. For
   * stretches that fit in memory.
   */
  async read(name: string, range: ByteRange, into?: Buffer<ArrayBuffer>): Promise<Buffer<ArrayBuffer>> {
    const bytes = into ?? Buffer.allocUnsafeSlow(range.length);
    let used = 0;
    for await (const piece of (await this.get(name, range)) as AsyncIterable<Uint8Array>) {
      bytes.set(piece.subarray(0, range.length - used), used);
      used += Math.min(piece.byteLength, range.length - used);
    }
    return bytes.subarray(0, used);
  }

  /** Reads every byte of an object, with constant memory. OBJECT_NOT_FOUND where there is none. */
  async digest(name: string): Promise<ObjectDigest> {
    return digestOf(await this.get(name));
  }

  /** Undefined for an object that does not exist. */
  abstract head(name: string): Promise<ObjectHead | undefined>;

  /** Every object whose name starts with `prefix`, in the order of their names' bytes, read page by page. */
  abstract list(prefix: string): AsyncIterable<ObjectInfo>;

  /**
   * The prefixes of vaults at this place, whichever this one was opened with: names of 32 hexadecimal digits below which something
   * lies. For recovery, when nothing else knows them.
   */
  abstract prefixes(): AsyncIterable<string>;

  /** Deletes every version of the object that readers could come to see. A locked object stays whole and readable. */
  abstract delete(name: string): Promise<Deletion>;

  /** Milliseconds for which an object is locked when it is written, by whoever was given its place; undefined where none is. */
  get lockMs(): number | undefined {
    return undefined;
  }

  /**
   * Sees to it that every version of the object that is there stays locked as the wish says, and answers until when they all do, in
   * milliseconds since the epoch. Never shortens. OBJECT_NOT_FOUND where there is no version. Only where {@link lockMs} is told.
   */
  async extendLock(name: string, _wish: LockWish): Promise<number> {
    throw new AppError('FAILED_PRECONDITION', 'The destination locks nothing. Switch the lock on in its settings.', {
      context: { object: name },
    });
  }

  /** What lies below an object, or below a mark that says it was deleted, and has so many bytes: each is opened by a call. None where nothing is locked. */
  async *earlierVersions(_name: string, _bytes: number): AsyncGenerator<() => Promise<Readable>, void, undefined> {
    // Nothing lies below where a name has one object.
  }

  /** Tries everything that a backup will need, with an object of its own, and says step by step what works. Throws nothing. */
  abstract test(): Promise<CheckReport>;

  /** A request that stores exactly the object of `terms`. Undefined where only this process can write: the caller takes the bytes itself. */
  abstract place(name: string, terms: PutTerms, ttlMs: number): Promise<Place | undefined>;

  /** A request that reads an object; the reader adds a `Range` header of its own choice. Undefined where only this process can read. */
  abstract readPlace(name: string, ttlMs: number): Promise<Place | undefined>;
}

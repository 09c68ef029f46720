import { type Readable } from 'node:stream';
import { type CheckReport } from './check-report.js';
import {
  type ByteRange,
  type Deletion,
  Destination,
  type LockWish,
  type ObjectBody,
  type ObjectHead,
  type ObjectInfo,
  type Place,
  type PutTerms,
} from './destination.port.js';

/**
 * Another destination, as it is. For what changes something of how one is used: it says only what it changes, and nothing that a
 * destination can do is lost on the way. `read` and `digest` go by `get`, which may have been changed.
 */
export abstract class ForwardingDestination extends Destination {
  constructor(protected readonly inner: Destination) {
    super();
  }

  override claim(): Promise<void> {
    return this.inner.claim();
  }

  override put(name: string, body: ObjectBody, terms: PutTerms): Promise<void> {
    return this.inner.put(name, body, terms);
  }

  override get(name: string, range?: ByteRange): Promise<Readable> {
    return this.inner.get(name, range);
  }

  override head(name: string): Promise<ObjectHead | undefined> {
    return this.inner.head(name);
  }

  override list(prefix: string): AsyncIterable<ObjectInfo> {
    return this.inner.list(prefix);
  }

  override prefixes(): AsyncIterable<string> {
    return this.inner.prefixes();
  }

  override delete(name: string): Promise<Deletion> {
    return this.inner.delete(name);
  }

  override get lockMs(): number | undefined {
    return this.inner.lockMs;
  }

  override extendLock(name: string, wish: LockWish): Promise<number> {
    return this.inner.extendLock(name, wish);
  }

  override earlierVersions(name: string, bytes: number): AsyncGenerator<() => Promise<Readable>, void, undefined> {
    return this.inner.earlierVersions(name, bytes);
  }

  override test(): Promise<CheckReport> {
    return this.inner.test();
  }

  override place(name: string, terms: PutTerms, ttlMs: number): Promise<Place | undefined> {
    return this.inner.place(name, terms, ttlMs);
  }

  override readPlace(name: string, ttlMs: number): Promise<Place | undefined> {
    return this.inner.readPlace(name, ttlMs);
  }
}

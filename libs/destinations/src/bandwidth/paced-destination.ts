import { type Clock } from '@holdfast/kernel';
import { Readable } from 'node:stream';
import { type ByteRange, type Destination, type ObjectBody, type Place, type PutTerms } from '../destination.port.js';
import { ForwardingDestination } from '../forwarding-destination.js';
import { type Bandwidth } from './bandwidth-settings.js';
import { isLimitedWithin } from './limit-at.js';
import { type Pacer } from './pacer.js';

/** A destination that is written to, and where asked read from, as fast as its limits allow. Nobody else gets a place while one holds: it could not be limited. */
export class PacedDestination extends ForwardingDestination {
  constructor(
    inner: Destination,
    private readonly bandwidth: Bandwidth,
    private readonly pacer: Pacer,
    private readonly clock: Clock,
  ) {
    super(inner);
  }

  override put(name: string, body: ObjectBody, terms: PutTerms): Promise<void> {
    return this.inner.put(name, this.pacer.paced(body instanceof Uint8Array ? once(body) : body), terms);
  }

  override async get(name: string, range?: ByteRange): Promise<Readable> {
    return this.#pacedRead(await this.inner.get(name, range));
  }

  override async *earlierVersions(
    name: string,
    bytes: number,
  ): AsyncGenerator<() => Promise<Readable>, void, undefined> {
    for await (const open of this.inner.earlierVersions(name, bytes)) yield async () => this.#pacedRead(await open());
  }

  override async place(name: string, terms: PutTerms, ttlMs: number): Promise<Place | undefined> {
    return this.#isFree(ttlMs) ? this.inner.place(name, terms, ttlMs) : undefined;
  }

  override async readPlace(name: string, ttlMs: number): Promise<Place | undefined> {
    return !this.bandwidth.reads || this.#isFree(ttlMs) ? this.inner.readPlace(name, ttlMs) : undefined;
  }

  #pacedRead(source: Readable): Readable {
    if (!this.bandwidth.reads) return source;
    const paced = Readable.from(this.pacer.paced(source), { objectMode: false });
    paced.once('close', () => source.destroy());
    return paced;
  }

  #isFree(ms: number): boolean {
    return !isLimitedWithin(this.bandwidth, this.clock.now(), ms);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

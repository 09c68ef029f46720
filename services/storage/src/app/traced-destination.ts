import {
  type ByteRange,
  type Deletion,
  type Destination,
  ForwardingDestination,
  type LockWish,
  type ObjectBody,
  type ObjectDigest,
  type ObjectHead,
  type PutTerms,
} from '@holdfast/destinations';
import type { DestinationId, TenantId } from '@holdfast/kernel';
import { inSpan, SpanKind } from '@holdfast/platform';
import type { Readable } from 'node:stream';

/**
 * Has what storage itself does at a destination run in spans: writes always, as traces of their own where nobody asked for them (copies), reads where a trace
 * goes on. They bear the destination's id, the kind of object and its bytes; no name.
 */
export class TracedDestination extends ForwardingDestination {
  constructor(
    inner: Destination,
    private readonly tenant: TenantId,
    private readonly id: DestinationId,
  ) {
    super(inner);
  }

  override claim(): Promise<void> {
    return this.#write('claim', {}, () => this.inner.claim());
  }

  override put(name: string, body: ObjectBody, terms: PutTerms): Promise<void> {
    const attributes = { ...kindOf(name), 'holdfast.object.bytes': terms.bytes };
    return this.#write('put', attributes, () => this.inner.put(name, body, terms));
  }

  override delete(name: string): Promise<Deletion> {
    return this.#write('delete', kindOf(name), () => this.inner.delete(name));
  }

  override extendLock(name: string, wish: LockWish): Promise<number> {
    return this.#write('lock', kindOf(name), () => this.inner.extendLock(name, wish));
  }

  override get(name: string, range?: ByteRange): Promise<Readable> {
    return this.#read('get', name, () => this.inner.get(name, range));
  }

  override read(name: string, range: ByteRange, into?: Buffer<ArrayBuffer>): Promise<Buffer<ArrayBuffer>> {
    return this.#read('read', name, () => this.inner.read(name, range, into));
  }

  override digest(name: string): Promise<ObjectDigest> {
    return this.#read('digest', name, () => this.inner.digest(name));
  }

  override head(name: string): Promise<ObjectHead | undefined> {
    return this.#read('head', name, () => this.inner.head(name));
  }

  #write<T>(what: string, attributes: Readonly<Record<string, string | number>>, work: () => Promise<T>): Promise<T> {
    const own = { 'holdfast.tenant.id': this.tenant, 'holdfast.destination.id': this.id, ...attributes };
    return inSpan(`destination ${what}`, { kind: SpanKind.CLIENT, attributes: own, mayBegin: true }, work);
  }

  #read<T>(what: string, name: string, work: () => Promise<T>): Promise<T> {
    const attributes = { 'holdfast.destination.id': this.id, ...kindOf(name) };
    return inSpan(`destination ${what}`, { kind: SpanKind.CLIENT, attributes }, work);
  }
}

const KINDS = ['packs', 'snapshots', 'keys', 'header', 'generations', 'sets', 'jobs'];

/** The folder of an object's name, which says what it is: of a closed list, so that nothing else of a name gets out. */
function kindOf(name: string): { readonly 'holdfast.object.kind': string } {
  const [folder = ''] = name.split('/');
  return { 'holdfast.object.kind': KINDS.includes(folder) ? folder : 'other' };
}

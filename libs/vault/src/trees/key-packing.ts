import { type DecodedCbor } from '../cbor/decode-cbor.js';
import { brokenObject } from '../broken-object.js';

/** Bytes of the longest key of a tree. */
export const MAX_KEY_BYTES = 4096;

/**
 * Writes sorted keys as (bytes shared with the key before, the rest): ids of one mailbox share about a hundred characters
 * (docs/format/v1.md#tree-node).
 */
export class KeyPacker {
  #previous: Uint8Array = new Uint8Array(0);

  pack(key: Uint8Array): [shared: number, rest: Uint8Array] {
    const previous = this.#previous;
    const limit = Math.min(previous.length, key.length);
    let shared = 0;
    while (shared < limit && previous[shared] === key[shared]) shared++;
    this.#previous = key;
    return [shared, key.subarray(shared)];
  }
}

/** Reverses {@link KeyPacker}; refuses keys that are not strictly ascending or share less than they could. */
export class KeyUnpacker {
  #previous: Uint8Array | undefined;

  constructor(private readonly object: string) {}

  unpack(shared: DecodedCbor | undefined, rest: DecodedCbor | undefined): Uint8Array {
    const previous = this.#previous ?? new Uint8Array(0);
    if (typeof shared !== 'number' || shared < 0 || shared > previous.length || !(rest instanceof Uint8Array))
      throw brokenObject(this.object, 'a key is a count of shared bytes and the rest of it');
    if (shared + rest.length > MAX_KEY_BYTES) throw brokenObject(this.object, `a key may have ${MAX_KEY_BYTES} bytes`);
    if (this.#previous && !isAscending(previous, shared, rest))
      throw brokenObject(this.object, 'keys are strictly ascending and share as many bytes as they can');
    const key = new Uint8Array(shared + rest.length);
    key.set(previous.subarray(0, shared));
    key.set(rest, shared);
    this.#previous = key;
    return key;
  }
}

/** The first byte that is not shared is greater than what stands there in the previous key. */
function isAscending(previous: Uint8Array, shared: number, rest: Uint8Array): boolean {
  const [first] = rest;
  return first !== undefined && first > (previous[shared] ?? -1);
}

import type { ChunkId } from '@holdfast/kernel';
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { hexOf } from '../octets.js';
import { ShortHmac } from '../short-hmac.js';

export const CHUNK_ID_BYTES = 32;
/** Copying more than this costs as much as the object that it saves. */
const SHORT_BYTES = 32 * 1024;

/** Names chunks of one branch: HMAC-SHA-256 of the plain bytes under the branch's id key (docs/format/v1.md#chunks). */
export class ChunkNamer {
  readonly #key: KeyObject;
  readonly #short: ShortHmac;

  constructor(idKey: Uint8Array) {
    this.#key = createSecretKey(idKey);
    this.#short = new ShortHmac(idKey, SHORT_BYTES);
  }

  /** The id as 32 bytes. */
  nameOf(plain: Uint8Array): Buffer {
    if (plain.byteLength <= SHORT_BYTES) return Buffer.from(this.#short.of(plain), 'latin1');
    return createHmac('sha256', this.#key).update(plain).digest();
  }
}

/** The id's text form from its 32 bytes. */
export function chunkIdOf(bytes: Uint8Array): ChunkId {
  return hexOf(bytes) as ChunkId;
}

/** The 32 bytes of an id. */
export function chunkIdBytes(id: ChunkId): Buffer {
  return Buffer.from(id, 'hex');
}

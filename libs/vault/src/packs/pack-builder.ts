import type { ChunkId, PackId, PackName } from '@holdfast/kernel';
import { createHash, type KeyObject } from 'node:crypto';
import { CHUNK_ID_BYTES, chunkIdOf } from '../chunks/chunk-id.js';
import type { Payload } from '../chunks/compression.js';
import { type VaultKeys, currentBranchKey } from '../keys/vault-keys.js';
import { hexOf } from '../octets.js';
import type { Branch } from '../ports.js';
import {
  FOOTER_BYTES,
  HEADER_BYTES,
  type PackHeader,
  SEAL_OVERHEAD_BYTES,
  TAG_BYTES,
  encodePackFooter,
  encodePackHeader,
} from './pack-layout.js';
import { openSealed, packKey, sealChunk } from './seal.js';
import { TRAILER_ENTRY_BYTES, sealTrailer, writeTrailerEntry } from './trailer.js';

/** A sealed pack in its smallest form: what goes from the thread that sealed it to the one that sends it. */
export interface FinishedPack {
  readonly name: PackName;
  readonly branch: Branch;
  /** The pack; a view at the start of the buffer that the builder was given. */
  readonly bytes: Uint8Array;
  /** The plain trailer: 64 bytes an entry. */
  readonly trailer: Uint8Array;
}

/** Seals chunks into one pack, in a buffer that it is lent. Single use. */
export class PackBuilder {
  readonly #keys: VaultKeys;
  readonly #header: PackHeader;
  readonly #headerBytes: Buffer;
  readonly #key: KeyObject;
  readonly #target: Uint8Array;
  #at = HEADER_BYTES;
  #count = 0;
  #trailer = Buffer.alloc(64 * TRAILER_ENTRY_BYTES);
  /** Positions by chunk id, of those chunks that were there at the last {@link read}. */
  readonly #positions = new Map<ChunkId, number>();

  /** `packId` has to be random and never used before: with the counter it makes every key and nonce pair unique. */
  constructor(keys: VaultKeys, branch: Branch, packId: PackId, target: Uint8Array) {
    const { keyId, key } = currentBranchKey(keys, branch);
    this.#keys = keys;
    this.#header = { branch, cipher: keys.cipher, packId, keyId };
    this.#headerBytes = encodePackHeader(this.#header);
    this.#key = packKey(key, packId, keys.cipher);
    this.#target = target;
    target.set(this.#headerBytes);
  }

  /** Bytes that the pack would have if it were finished at this point. */
  get bytes(): number {
    return this.#at + this.#count * TRAILER_ENTRY_BYTES + TAG_BYTES + FOOTER_BYTES;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Whether a chunk of so many plain bytes fits, however badly it compresses. */
  hasRoomFor(plainBytes: number): boolean {
    return this.bytes + plainBytes + SEAL_OVERHEAD_BYTES + TRAILER_ENTRY_BYTES <= this.#target.byteLength;
  }

  /** Seals one chunk and returns how many bytes it took. Call {@link hasRoomFor} before. */
  add(id: Uint8Array, payload: Payload, plainBytes: number): number {
    const birthCounter = this.#count;
    const sealedBytes = sealChunk(this.#target, this.#at, this.#key, this.#header.cipher, {
      id,
      payload,
      birthCounter,
    });
    this.#growTrailer();
    writeTrailerEntry(this.#trailer, birthCounter * TRAILER_ENTRY_BYTES, {
      chunkId: chunkIdOf(id),
      offset: this.#at,
      sealedBytes,
      plainBytes,
      birthPackId: this.#header.packId,
      birthCounter,
    });
    this.#at += sealedBytes;
    this.#count++;
    return sealedBytes;
  }

  /** The plain bytes of a chunk that was added; undefined when it was not. */
  read(id: Uint8Array): Uint8Array | undefined {
    const birthCounter = this.#positionOf(id);
    if (birthCounter === undefined) return undefined;
    const at = birthCounter * TRAILER_ENTRY_BYTES;
    const offset = this.#trailer.readUInt32LE(at + 32);
    const sealed = this.#target.subarray(offset, offset + this.#trailer.readUInt32LE(at + 36));
    return openSealed(sealed, [this.#key], this.#header.cipher, {
      id,
      birthCounter,
      plainBytes: this.#trailer.readUInt32LE(at + 40),
    });
  }

  #positionOf(id: Uint8Array): number | undefined {
    for (let position = this.#positions.size; position < this.#count; position++) {
      const at = position * TRAILER_ENTRY_BYTES;
      this.#positions.set(chunkIdOf(this.#trailer.subarray(at, at + CHUNK_ID_BYTES)), position);
    }
    return this.#positions.get(chunkIdOf(id));
  }

  /** Writes trailer and footer and names the pack. */
  finish(): FinishedPack {
    const trailer = this.#trailer.subarray(0, this.#count * TRAILER_ENTRY_BYTES);
    const sealedTrailer = sealTrailer(this.#keys.indexKey, this.#header, this.#headerBytes, trailer);
    this.#target.set(sealedTrailer, this.#at);
    this.#target.set(
      encodePackFooter(this.#headerBytes, sealedTrailer.byteLength),
      this.#at + sealedTrailer.byteLength,
    );
    const bytes = this.#target.subarray(0, this.#at + sealedTrailer.byteLength + FOOTER_BYTES);
    const name = hexOf(createHash('sha256').update(bytes).digest()) as PackName;
    return { name, branch: this.#header.branch, bytes, trailer: Uint8Array.from(trailer) };
  }

  #growTrailer(): void {
    const needed = (this.#count + 1) * TRAILER_ENTRY_BYTES;
    if (needed <= this.#trailer.byteLength) return;
    const grown = Buffer.alloc(2 * needed);
    grown.set(this.#trailer);
    this.#trailer = grown;
  }
}

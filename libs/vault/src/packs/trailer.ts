import type { ChunkId, PackId } from '@holdfast/kernel';
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { brokenObject } from '../broken-object.js';
import { MAX_CHUNK_BYTES } from '../chunks/chunk-parameters.js';
import { asBuffer, hexOf } from '../octets.js';
import type { TrailerEntry } from '../ports.js';
import {
  FOOTER_BYTES,
  HEADER_BYTES,
  type PackFooter,
  type PackHeader,
  SEAL_OVERHEAD_BYTES,
  TAG_BYTES,
} from './pack-layout.js';
import { keyBytesOf } from './seal.js';

/**
 * Bytes of one trailer entry. Layout, integers unsigned and little-endian (docs/format/v1.md#trailer-entry):
 *
 *      0..31  chunkId
 *     32..35  offset
 *     36..39  sealedBytes
 *     40..43  plainBytes
 *     44..59  birthPackId
 *     60..63  birthCounter
 */
export const TRAILER_ENTRY_BYTES = 64;

export function writeTrailerEntry(target: Buffer, at: number, entry: TrailerEntry): void {
  target.write(entry.chunkId, at, 'hex');
  target.writeUInt32LE(entry.offset, at + 32);
  target.writeUInt32LE(entry.sealedBytes, at + 36);
  target.writeUInt32LE(entry.plainBytes, at + 40);
  target.write(entry.birthPackId, at + 44, 'hex');
  target.writeUInt32LE(entry.birthCounter, at + 60);
}

/** The binary form of entries, one after the other (docs/format/v1.md#trailer-entry). */
export function encodeTrailerEntries(entries: readonly TrailerEntry[]): Buffer {
  const bytes = Buffer.alloc(entries.length * TRAILER_ENTRY_BYTES);
  for (const [at, entry] of entries.entries()) writeTrailerEntry(bytes, at * TRAILER_ENTRY_BYTES, entry);
  return bytes;
}

/** Reverses {@link encodeTrailerEntries}. */
export function decodeTrailerEntries(trailer: Uint8Array): TrailerEntry[] {
  if (trailer.byteLength % TRAILER_ENTRY_BYTES !== 0)
    throw brokenObject('pack', 'its trailer is made of entries of 64 bytes');
  const bytes = asBuffer(trailer);
  return Array.from({ length: trailer.byteLength / TRAILER_ENTRY_BYTES }, (_, i) => {
    const at = i * TRAILER_ENTRY_BYTES;
    return {
      chunkId: hexOf(bytes.subarray(at, at + 32)) as ChunkId,
      offset: bytes.readUInt32LE(at + 32),
      sealedBytes: bytes.readUInt32LE(at + 36),
      plainBytes: bytes.readUInt32LE(at + 40),
      birthPackId: hexOf(bytes.subarray(at + 44, at + 60)) as PackId,
      birthCounter: bytes.readUInt32LE(at + 60),
    };
  });
}

function trailerKey(indexKey: Uint8Array, header: PackHeader): Uint8Array {
  const salt = Buffer.from(header.packId, 'hex');
  return new Uint8Array(hkdfSync('sha256', indexKey, salt, 'holdfast/v1/trailer', keyBytesOf(header.cipher)));
}

/** The key is this pack's alone and seals one message, so the nonce is zero. */
const NONCE = new Uint8Array(12);

/** Seals a trailer under the index key; the pack's header is the associated data. */
export function sealTrailer(
  indexKey: Uint8Array,
  header: PackHeader,
  headerBytes: Uint8Array,
  trailer: Uint8Array,
): Buffer {
  const cipher = createCipheriv(header.cipher, trailerKey(indexKey, header), NONCE);
  cipher.setAAD(headerBytes);
  return Buffer.concat([cipher.update(trailer), cipher.final(), cipher.getAuthTag()]);
}

/** Opens and checks a sealed trailer, given the pack's footer and length. */
export function openTrailer(
  indexKey: Uint8Array,
  footer: PackFooter,
  footerBytes: Uint8Array,
  sealed: Uint8Array,
  packBytes: number,
): TrailerEntry[] {
  const decipher = createDecipheriv(footer.cipher, trailerKey(indexKey, footer), NONCE);
  decipher.setAAD(footerBytes.subarray(0, HEADER_BYTES));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  let trailer: Buffer;
  try {
    trailer = Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw brokenObject('pack', 'its trailer opens under the vault’s index key');
  }
  const entries = decodeTrailerEntries(trailer);
  checkEntries(entries, packBytes - FOOTER_BYTES - footer.sealedTrailerBytes);
  return entries;
}

/** The chunks have to fill the pack from its header to its trailer, without a gap or an overlap. */
function checkEntries(entries: readonly TrailerEntry[], trailerOffset: number): void {
  let end = HEADER_BYTES;
  for (const entry of entries) {
    if (entry.offset !== end) throw brokenObject('pack', 'its chunks lie one after the other');
    if (entry.plainBytes > MAX_CHUNK_BYTES) throw brokenObject('pack', 'a chunk has at most 8 MiB');
    if (entry.sealedBytes < SEAL_OVERHEAD_BYTES || entry.sealedBytes > entry.plainBytes + SEAL_OVERHEAD_BYTES)
      throw brokenObject('pack', 'a sealed chunk has 17 to 17 + plainBytes bytes');
    end += entry.sealedBytes;
  }
  if (end !== trailerOffset) throw brokenObject('pack', 'its chunks end where its trailer starts');
}

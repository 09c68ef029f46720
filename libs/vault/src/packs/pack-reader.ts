import type { PackName } from '@holdfast/kernel';
import { createHash } from 'node:crypto';
import { brokenObject } from '../broken-object.js';
import { hexOf } from '../octets.js';
import type { TrailerEntry } from '../ports.js';
import { FOOTER_BYTES, HEADER_BYTES, type PackHeader, decodePackFooter, decodePackHeader } from './pack-layout.js';
import { openTrailer } from './trailer.js';

/** What a pack says it holds. */
export interface PackContents {
  readonly header: PackHeader;
  readonly entries: readonly TrailerEntry[];
}

/** Reads `length` bytes of one pack from `offset`. */
export type ReadRange = (offset: number, length: number) => Promise<Uint8Array>;

/** Reads what a pack holds in two small reads from its end; needs the index key alone. `packBytes` is what the destination lists. */
export async function readPackContents(
  read: ReadRange,
  packBytes: number,
  indexKey: Uint8Array,
): Promise<PackContents> {
  if (packBytes < FOOTER_BYTES) throw brokenObject('pack', 'it has 128 bytes to 64 MiB');
  const footerBytes = await readExactly(read, packBytes - FOOTER_BYTES, FOOTER_BYTES);
  const footer = decodePackFooter(footerBytes, packBytes);
  const sealed = await readExactly(
    read,
    packBytes - FOOTER_BYTES - footer.sealedTrailerBytes,
    footer.sealedTrailerBytes,
  );
  const { branch, cipher, packId, keyId } = footer;
  return {
    header: { branch, cipher, packId, keyId },
    entries: openTrailer(indexKey, footer, footerBytes, sealed, packBytes),
  };
}

async function readExactly(read: ReadRange, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await read(offset, length);
  if (bytes.byteLength !== length) throw brokenObject('pack', 'a read gives as many bytes as were asked for');
  return bytes;
}

/** Checks a whole pack, but for its chunks, and tells what it holds. */
export function parsePack(bytes: Uint8Array, indexKey: Uint8Array): PackContents {
  if (bytes.byteLength < HEADER_BYTES + FOOTER_BYTES) throw brokenObject('pack', 'it has 128 bytes to 64 MiB');
  const footerBytes = bytes.subarray(-FOOTER_BYTES);
  const footer = decodePackFooter(footerBytes, bytes.byteLength);
  const header = decodePackHeader(bytes.subarray(0, HEADER_BYTES));
  if (Buffer.compare(bytes.subarray(0, HEADER_BYTES), footerBytes.subarray(0, HEADER_BYTES)) !== 0)
    throw brokenObject('pack', 'its footer repeats its header');
  const sealed = bytes.subarray(bytes.byteLength - FOOTER_BYTES - footer.sealedTrailerBytes, -FOOTER_BYTES);
  return { header, entries: openTrailer(indexKey, footer, footerBytes, sealed, bytes.byteLength) };
}

/** The name that a pack of these bytes has: their SHA-256. Comparing it checks every byte, without a key. */
export function packNameOf(bytes: Uint8Array): PackName {
  return hexOf(createHash('sha256').update(bytes).digest()) as PackName;
}

import type { PackId, PackName } from '@holdfast/kernel';
import { brokenObject, unsupported } from '../broken-object.js';
import type { KeyId, VaultCipher } from '../keys/vault-keys.js';
import { asBuffer, decodeAscii, hexOf, isZero } from '../octets.js';
import type { Branch } from '../ports.js';

/** Largest pack, in bytes. A pack is sealed in memory, so this bounds a process's buffers. */
export const MAX_PACK_BYTES = 64 * 1024 * 1024;
/** Size that packs aim for unless told otherwise, in bytes. */
export const DEFAULT_PACK_BYTES = 16 * 1024 * 1024;

export const HEADER_BYTES = 48;
export const FOOTER_BYTES = 64;
export const TAG_BYTES = 16;
/** What a chunk's sealed form has more than its payload: the form byte and the tag. */
export const SEAL_OVERHEAD_BYTES = 1 + TAG_BYTES;

const HEAD_MAGIC = 'HOLDPACK';
const END_MAGIC = 'HOLDPEND';
const VERSION = 1;
const BRANCHES: readonly Branch[] = ['data', 'meta'];
const CIPHERS: readonly VaultCipher[] = ['aes-256-gcm', 'aes-128-gcm'];

/**
 * What a pack says about itself. Layout: 48 bytes. Specified in docs/format/v1.md#packs.
 *
 *      0..7   magic    "HOLDPACK"
 *      8      version  1
 *      9      branch   0 data, 1 meta
 *     10      cipher   0 AES-256-GCM, 1 AES-128-GCM
 *     11..15  zero
 *     16..31  packId   random, new for every attempt
 *     32..47  keyId    of the root key whose branch key seals the chunks
 */
export interface PackHeader {
  readonly branch: Branch;
  readonly cipher: VaultCipher;
  readonly packId: PackId;
  readonly keyId: KeyId;
}

/**
 * The last 64 bytes of a pack: the header again (0..47), so that two reads from the end find all that opens the trailer,
 * then `sealedTrailerBytes` (48..51, unsigned little-endian), zero (52..55) and the magic "HOLDPEND" (56..63).
 */
export interface PackFooter extends PackHeader {
  /** Bytes of the sealed trailer, which lies right before the footer. */
  readonly sealedTrailerBytes: number;
}

export function encodePackHeader(header: PackHeader): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write(HEAD_MAGIC, 0, 'latin1');
  bytes.writeUInt8(VERSION, 8);
  bytes.writeUInt8(BRANCHES.indexOf(header.branch), 9);
  bytes.writeUInt8(CIPHERS.indexOf(header.cipher), 10);
  bytes.write(header.packId, 16, 'hex');
  bytes.write(header.keyId, 32, 'hex');
  return bytes;
}

export function encodePackFooter(header: Uint8Array, sealedTrailerBytes: number): Buffer {
  const bytes = Buffer.alloc(FOOTER_BYTES);
  bytes.set(header);
  bytes.writeUInt32LE(sealedTrailerBytes, 48);
  bytes.write(END_MAGIC, 56, 'latin1');
  return bytes;
}

function check(holds: boolean, rule: string): void {
  if (!holds) throw brokenObject('pack', rule);
}

/** Reads the 48 bytes of a header. */
export function decodePackHeader(header: Uint8Array): PackHeader {
  check(header.byteLength === HEADER_BYTES, 'its header has 48 bytes');
  const bytes = asBuffer(header);
  check(decodeAscii(bytes.subarray(0, 8)) === HEAD_MAGIC, 'it starts with HOLDPACK');
  if (bytes[8] !== VERSION) throw unsupported('pack', `format version ${bytes.readUInt8(8)}`);
  const branch = BRANCHES[bytes.readUInt8(9)];
  if (!branch) throw brokenObject('pack', 'its branch is 0 or 1');
  const cipher = CIPHERS[bytes.readUInt8(10)];
  if (!cipher) throw brokenObject('pack', 'its cipher is 0 or 1');
  check(isZero(bytes.subarray(11, 16)), 'reserved bytes are zero');
  return {
    branch,
    cipher,
    packId: hexOf(bytes.subarray(16, 32)) as PackId,
    keyId: hexOf(bytes.subarray(32, 48)) as KeyId,
  };
}

/** Reads the last 64 bytes of a pack that has `packBytes` in all. */
export function decodePackFooter(footer: Uint8Array, packBytes: number): PackFooter {
  check(footer.byteLength === FOOTER_BYTES, 'its footer has 64 bytes');
  check(
    packBytes >= HEADER_BYTES + TAG_BYTES + FOOTER_BYTES && packBytes <= MAX_PACK_BYTES,
    'it has 128 bytes to 64 MiB',
  );
  const bytes = asBuffer(footer);
  check(decodeAscii(bytes.subarray(56, 64)) === END_MAGIC, 'it ends with HOLDPEND');
  check(isZero(bytes.subarray(52, 56)), 'reserved bytes are zero');
  const header = decodePackHeader(bytes.subarray(0, HEADER_BYTES));
  const sealedTrailerBytes = bytes.readUInt32LE(48);
  check(
    sealedTrailerBytes >= TAG_BYTES && HEADER_BYTES + sealedTrailerBytes + FOOTER_BYTES <= packBytes,
    'its trailer lies inside it',
  );
  return { ...header, sealedTrailerBytes };
}

/** The path of a pack on every destination. */
export function packObjectName(name: PackName): string {
  return `packs/${name.slice(0, 2)}/${name}`;
}

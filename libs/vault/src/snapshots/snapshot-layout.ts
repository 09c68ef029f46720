import { AppError } from '@holdfast/kernel';
import { brokenObject } from '../broken-object.js';
import { SIGNATURE_BYTES } from './signing-key.js';
import { TAG_BYTES } from './snapshot-seal.js';

const OBJECT = 'snapshot';
const MAGIC = 'HOLDSNAP';
const VERSION = 1;

export const SNAPSHOT_PREFIX_BYTES = 56;
export const SALT_BYTES = 16;

/** Bytes of the largest snapshot object: the names of two million packs. */
const MAX_SNAPSHOT_BYTES = 64 * 1024 * 1024;

/**
 * The parts of a snapshot object, format version 1. Integers are unsigned and little-endian. Specified in docs/format/v1.md#snapshots.
 *
 *      0..7   magic         "HOLDSNAP" in ASCII
 *      8      version       1
 *      9..15  zero
 *     16..31  salt          random, new for every attempt
 *     32..47  keyId         the root key whose metadata branch seals the body
 *     48..51  headerBytes   length of the sealed header, tag included
 *     52..55  bodyBytes     length of the sealed body, tag included
 *     56..    sealed header, sealed body, signature (64)
 */
export interface SnapshotLayout {
  /** Bytes 0 to 55: authenticated with both parts. */
  readonly prefix: Uint8Array;
  readonly salt: Uint8Array;
  /** Lower-case hexadecimal. */
  readonly keyId: string;
  readonly sealedHeader: Uint8Array;
  readonly sealedBody: Uint8Array;
  /** All that the signature covers. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** Bytes that a part grows by when it is sealed. */
const partBytes = (plain: Uint8Array) => plain.length + TAG_BYTES;

export function writeSnapshotPrefix(salt: Uint8Array, keyId: string, header: Uint8Array, body: Uint8Array): Uint8Array {
  const prefix = Buffer.alloc(SNAPSHOT_PREFIX_BYTES);
  prefix.write(MAGIC, 'latin1');
  prefix.writeUInt8(VERSION, 8);
  prefix.set(salt, 16);
  prefix.write(keyId, 32, 'hex');
  prefix.writeUInt32LE(partBytes(header), 48);
  prefix.writeUInt32LE(partBytes(body), 52);
  return prefix;
}

/** Finds the parts; opens and verifies nothing. */
export function readSnapshotLayout(object: Uint8Array): SnapshotLayout {
  if (object.length < SNAPSHOT_PREFIX_BYTES || object.length > MAX_SNAPSHOT_BYTES)
    throw brokenObject(OBJECT, `it has ${SNAPSHOT_PREFIX_BYTES} to ${MAX_SNAPSHOT_BYTES} bytes`);
  const bytes = Buffer.from(object.buffer, object.byteOffset, object.byteLength);
  if (bytes.toString('latin1', 0, 8) !== MAGIC) throw brokenObject(OBJECT, `it begins with ${MAGIC}`);
  if (bytes[8] !== VERSION)
    throw new AppError(
      'VAULT_UNSUPPORTED',
      'The snapshot has a later format than this version reads; update Holdfast.',
      {
        context: { object: OBJECT, field: 'version' },
      },
    );
  const headerEnd = SNAPSHOT_PREFIX_BYTES + bytes.readUInt32LE(48);
  const bodyEnd = headerEnd + bytes.readUInt32LE(52);
  const hasRoom = bytes.readUInt32LE(48) >= TAG_BYTES && bytes.readUInt32LE(52) >= TAG_BYTES;
  if (!hasRoom || bytes.subarray(9, 16).some((byte) => byte !== 0) || bytes.length !== bodyEnd + SIGNATURE_BYTES)
    throw brokenObject(OBJECT, 'its lengths add up and its reserved bytes are zero');
  return {
    prefix: bytes.subarray(0, SNAPSHOT_PREFIX_BYTES),
    salt: bytes.subarray(16, 32),
    keyId: bytes.toString('hex', 32, 48),
    sealedHeader: bytes.subarray(SNAPSHOT_PREFIX_BYTES, headerEnd),
    sealedBody: bytes.subarray(headerEnd, bodyEnd),
    signed: bytes.subarray(0, bodyEnd),
    signature: bytes.subarray(bodyEnd),
  };
}

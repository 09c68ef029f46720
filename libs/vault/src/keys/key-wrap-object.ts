import { hash } from 'node:crypto';
import { brokenObject, unsupported } from '../broken-object.js';
import { decodeAscii, isZero } from '../octets.js';
import type { KeyId } from './vault-keys.js';

/** What closes a wrapped root key; the number of each kind in the format is its position. */
const KINDS = ['open', 'provider', 'passphrase', 'recovery'] as const;
export type WrapKind = (typeof KINDS)[number];

/** Argon2id's cost; zero for wraps that need none. */
export interface WrapCost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/**
 * A wrapped root key. Layout: 140 bytes, integers unsigned and little-endian. Specified in docs/format/v1.md#keys.
 *
 *       0..7   magic     "HOLDKEYS"
 *       8      version   1
 *       9      kind      0 open, 1 provider, 2 passphrase, 3 recovery
 *      10..11  ordinal   place in the ring, 0 is the first
 *      12..15  zero
 *      16..31  keyId     of the root key inside
 *      32..47  secretId  names the provider's or the recovery key; zero for the others
 *      48..63  salt
 *      64..79  memoryKib, passes, lanes, zero   Argon2id's cost, zero for all but passphrase
 *      80..91  nonce
 *      92..123 sealed    the root key, sealed; plain for kind 0
 *     124..139 tag       zero for kind 0
 */
export interface KeyWrap {
  readonly kind: WrapKind;
  readonly ordinal: number;
  readonly keyId: KeyId;
  readonly secretId: Uint8Array;
  readonly salt: Uint8Array;
  readonly cost: WrapCost;
  readonly nonce: Uint8Array;
  readonly sealed: Uint8Array;
  readonly tag: Uint8Array;
}

export const WRAP_BYTES = 140;
const HEADER_BYTES = 92;
const MAGIC = 'HOLDKEYS';
/** A stranger's object must not make a reader spend more than this. */
const MAX_COST: WrapCost = { memoryKib: 1_048_576, passes: 16, lanes: 16 };

/** The first 92 bytes: what the tag protects beside the key itself. */
export function wrapHeader(wrap: KeyWrap): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write(MAGIC, 0, 'latin1');
  bytes.writeUInt8(1, 8);
  bytes.writeUInt8(KINDS.indexOf(wrap.kind), 9);
  bytes.writeUInt16LE(wrap.ordinal, 10);
  bytes.write(wrap.keyId, 16, 'hex');
  bytes.set(wrap.secretId, 32);
  bytes.set(wrap.salt, 48);
  bytes.writeUInt32LE(wrap.cost.memoryKib, 64);
  bytes.writeUInt32LE(wrap.cost.passes, 68);
  bytes.writeUInt32LE(wrap.cost.lanes, 72);
  bytes.set(wrap.nonce, 80);
  return bytes;
}

export function encodeKeyWrap(wrap: KeyWrap): Uint8Array {
  return Buffer.concat([wrapHeader(wrap), wrap.sealed, wrap.tag]);
}

function check(holds: boolean, rule: string): void {
  if (!holds) throw brokenObject('key object', rule);
}

function checkCost(kind: WrapKind, { memoryKib, passes, lanes }: WrapCost): void {
  if (kind !== 'passphrase') {
    check(memoryKib + passes + lanes === 0, 'only a passphrase has a cost');
    return;
  }
  check(memoryKib >= 8 * lanes && memoryKib <= MAX_COST.memoryKib, 'Argon2 memory is 8 KiB per lane to 1 GiB');
  check(passes >= 1 && passes <= MAX_COST.passes, 'Argon2 passes are 1 to 16');
  check(lanes >= 1 && lanes <= MAX_COST.lanes, 'Argon2 lanes are 1 to 16');
}

/** The path of a key object on every destination: the key it holds, what closes it, and 16 digits of its SHA-256. */
export function keyWrapObjectName(object: Uint8Array): string {
  const { keyId, kind } = decodeKeyWrap(object);
  return `keys/${keyId}/${kind}-${hash('sha256', object).slice(0, 16)}`;
}

export function decodeKeyWrap(object: Uint8Array): KeyWrap {
  check(object.byteLength === WRAP_BYTES, 'it has 140 bytes');
  const bytes = Buffer.from(object);
  check(decodeAscii(bytes.subarray(0, 8)) === MAGIC, 'it starts with HOLDKEYS');
  if (bytes[8] !== 1) throw unsupported('key object', `format version ${bytes.readUInt8(8)}`);
  const kind = KINDS[bytes.readUInt8(9)];
  if (!kind) throw brokenObject('key object', 'its kind is 0 to 3');
  check(isZero(bytes.subarray(12, 16)) && isZero(bytes.subarray(76, 80)), 'reserved bytes are zero');
  const cost = { memoryKib: bytes.readUInt32LE(64), passes: bytes.readUInt32LE(68), lanes: bytes.readUInt32LE(72) };
  checkCost(kind, cost);
  return {
    kind,
    ordinal: bytes.readUInt16LE(10),
    keyId: bytes.toString('hex', 16, 32) as KeyId,
    secretId: bytes.subarray(32, 48),
    salt: bytes.subarray(48, 64),
    cost,
    nonce: bytes.subarray(80, 92),
    sealed: bytes.subarray(92, 124),
    tag: bytes.subarray(124, 140),
  };
}

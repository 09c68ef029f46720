import type { RandomBytes } from '@holdfast/kernel';
import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { AppError } from '@holdfast/kernel';
import { brokenObject, unsupported } from '../broken-object.js';
import { type ChunkParameters, checkChunkParameters } from '../chunks/chunk-parameters.js';
import { decodeAscii } from '../octets.js';
import type { KeyId, VaultCipher } from './vault-keys.js';

/** What is fixed when a vault is made: how it is sealed, how it is chunked, who certifies its snapshots (docs/format/v1.md#vault-header). */
export interface VaultHeader {
  /** Key id of the ring's first root key. */
  readonly keyId: KeyId;
  readonly cipher: VaultCipher;
  readonly chunks: ChunkParameters;
  /** Public half of the vault's Ed25519 signing key, 32 bytes. */
  readonly signingKey: Uint8Array;
  /** Names of features that a reader has to know to read anything. */
  readonly requiredFeatures: readonly string[];
  /** Names of features that a reader may ignore. */
  readonly optionalFeatures: readonly string[];
  /** Entries of the header that this version does not know, kept when it is written again. */
  readonly unknown: ReadonlyMap<number, unknown>;
}

/** Features of {@link VaultHeader.requiredFeatures} that this version can read. */
const KNOWN_FEATURES: ReadonlySet<string> = new Set();
/** The header's path on every destination. */
export const VAULT_HEADER_OBJECT = 'header';

const MAGIC = 'HOLDVALT';
const PREFIX_BYTES = 48;
const MAX_HEADER_BYTES = 64 * 1024;
const KEYS = { cipher: 1, minBytes: 2, avgBytes: 3, maxBytes: 4, signingKey: 5, required: 6, optional: 7 } as const;
const CIPHERS: readonly VaultCipher[] = ['aes-256-gcm', 'aes-128-gcm'];

function check(holds: boolean, rule: string): asserts holds {
  if (!holds) throw brokenObject('vault header', rule);
}

/** The bytes of the `header` object. */
export function sealVaultHeader(header: VaultHeader, headerKey: Uint8Array, random: RandomBytes): Uint8Array {
  const body = new Map<number, unknown>(header.unknown);
  body.set(KEYS.cipher, CIPHERS.indexOf(header.cipher));
  body.set(KEYS.minBytes, header.chunks.minBytes);
  body.set(KEYS.avgBytes, header.chunks.avgBytes);
  body.set(KEYS.maxBytes, header.chunks.maxBytes);
  body.set(KEYS.signingKey, header.signingKey);
  body.set(KEYS.required, [...header.requiredFeatures]);
  body.set(KEYS.optional, [...header.optionalFeatures]);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(MAGIC, 0, 'latin1');
  prefix.writeUInt8(1, 8);
  prefix.write(header.keyId, 16, 'hex');
  prefix.set(random(12), 32);
  const cipher = createCipheriv('aes-256-gcm', headerKey, prefix.subarray(32, 44));
  cipher.setAAD(prefix);
  return Buffer.concat([
    prefix,
    cipher.update(encode(body, rfc8949EncodeOptions)),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** The key id that a `header` object names, read without any key: which root key a person has to bring. */
export function vaultHeaderKeyId(object: Uint8Array): KeyId {
  check(object.byteLength >= PREFIX_BYTES + 16 && object.byteLength <= MAX_HEADER_BYTES, 'it has 64 bytes to 64 KiB');
  const bytes = Buffer.from(object.buffer, object.byteOffset, object.byteLength);
  check(decodeAscii(bytes.subarray(0, 8)) === MAGIC, 'it starts with HOLDVALT');
  if (bytes[8] !== 1) throw unsupported('vault header', `format version ${bytes.readUInt8(8)}`);
  return bytes.toString('hex', 16, 32) as KeyId;
}

/** Opens and checks a `header` object; KEY_WRONG when the key is not this vault's. */
export function openVaultHeader(object: Uint8Array, headerKey: Uint8Array): VaultHeader {
  const keyId = vaultHeaderKeyId(object);
  return readBody(openBody(object, headerKey), keyId);
}

function openBody(object: Uint8Array, headerKey: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('aes-256-gcm', headerKey, object.subarray(32, 44));
  decipher.setAAD(object.subarray(0, PREFIX_BYTES));
  decipher.setAuthTag(object.subarray(-16));
  try {
    return Buffer.concat([decipher.update(object.subarray(PREFIX_BYTES, -16)), decipher.final()]);
  } catch {
    throw new AppError(
      'KEY_WRONG',
      'The key does not open this vault’s header: it is the key of another vault, or the header is damaged.',
    );
  }
}

function decodeBody(body: Uint8Array): Map<number, unknown> {
  let value: unknown;
  try {
    value = decode(body, { useMaps: true, rejectDuplicateMapKeys: true });
  } catch (cause) {
    throw brokenObject('vault header', `its body is CBOR (${cause instanceof Error ? cause.name : 'unreadable'})`);
  }
  check(value instanceof Map, 'its body is a map');
  const map = new Map<number, unknown>();
  for (const [key, entry] of value as Map<unknown, unknown>) {
    check(typeof key === 'number', 'its keys are integers');
    map.set(key, entry);
  }
  return map;
}

function readBody(body: Uint8Array, keyId: KeyId): VaultHeader {
  const map = decodeBody(body);
  const take = (key: number): unknown => {
    const value = map.get(key);
    map.delete(key);
    return value;
  };
  const requiredFeatures = names(take(KEYS.required));
  const strange = requiredFeatures.find((feature) => !KNOWN_FEATURES.has(feature));
  if (strange !== undefined) throw unsupported('vault header', `the feature “${strange}”`);
  const cipher = CIPHERS[integer(take(KEYS.cipher))];
  check(cipher !== undefined, 'its cipher is 0 or 1');
  const chunks = {
    minBytes: integer(take(KEYS.minBytes)),
    avgBytes: integer(take(KEYS.avgBytes)),
    maxBytes: integer(take(KEYS.maxBytes)),
  };
  const problem = checkChunkParameters(chunks);
  check(problem === undefined, problem ?? '');
  const signingKey = take(KEYS.signingKey);
  check(signingKey instanceof Uint8Array && signingKey.byteLength === 32, 'the signing key has 32 bytes');
  return {
    keyId,
    cipher,
    chunks,
    signingKey,
    requiredFeatures,
    optionalFeatures: names(take(KEYS.optional)),
    unknown: map,
  };
}

function integer(value: unknown): number {
  check(typeof value === 'number' && Number.isSafeInteger(value) && value >= 0, 'its numbers are unsigned integers');
  return value;
}

function names(value: unknown): string[] {
  check(Array.isArray(value), 'its feature lists are arrays');
  return value.map((name: unknown) => {
    check(typeof name === 'string', 'feature names are text');
    return name;
  });
}

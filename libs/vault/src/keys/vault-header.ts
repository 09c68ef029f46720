import { AppError, parseTenantId, parseVaultId, type RandomBytes, type TenantId, type VaultId } from '@holdfast/kernel';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { brokenObject, unsupported } from '../broken-object.js';

import { type ChunkParameters, checkChunkParameters } from '../chunks/chunk-parameters.js';
import { decodeAscii } from '../octets.js';
import { CborFields } from '../cbor/cbor-fields.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { parseStored } from '../cbor/parse-stored.js';
import type { CborValue } from '../item-record.js';
import type { KeyId, VaultCipher } from './vault-keys.js';

/** What is fixed when a vault is made: how it is sealed, how it is chunked, who certifies its snapshots (docs/format/v1.md#vault-header). */
export interface VaultHeader {
  /** Key id of the ring's first root key. */
  readonly keyId: KeyId;
  readonly cipher: VaultCipher;
  readonly chunks: ChunkParameters;
  /** Public half of the Ed25519 signing key of the vault's first generation, 32 bytes. */
  readonly signingKey: Uint8Array;
  /** Whose vault it is, and which: what a rebuild needs that has nothing else. */
  readonly owner?: { readonly tenant: TenantId; readonly vault: VaultId };
  /** Names of features that a reader has to know to read anything. */
  readonly requiredFeatures: readonly string[];
  /** Names of features that a reader may ignore. */
  readonly optionalFeatures: readonly string[];
  /** Entries of the header that this version does not know, kept when it is written again. */
  readonly unknown: ReadonlyMap<number | string, CborValue>;
}

/** Features of {@link VaultHeader.requiredFeatures} that this version can read. */
const KNOWN_FEATURES: ReadonlySet<string> = new Set();
/** The header's path on every destination. */
export const VAULT_HEADER_OBJECT = 'header';

const OBJECT = 'vault header';
const MAGIC = 'HOLDVALT';
const PREFIX_BYTES = 48;
const MAX_HEADER_BYTES = 64 * 1024;
const KEYS = {
  cipher: 1,
  minBytes: 2,
  avgBytes: 3,
  maxBytes: 4,
  signingKey: 5,
  required: 6,
  optional: 7,
  tenant: 8,
  vault: 9,
} as const;
const CIPHERS: readonly VaultCipher[] = ['aes-256-gcm', 'aes-128-gcm'];

function check(holds: boolean, rule: string): void {
  if (!holds) throw brokenObject(OBJECT, rule);
}

/** The bytes of the `header` object. */
export function sealVaultHeader(header: VaultHeader, headerKey: Uint8Array, random: RandomBytes): Uint8Array {
  const body = new Map<number | string, CborValue>(header.unknown);
  body.set(KEYS.cipher, CIPHERS.indexOf(header.cipher));
  body.set(KEYS.minBytes, header.chunks.minBytes);
  body.set(KEYS.avgBytes, header.chunks.avgBytes);
  body.set(KEYS.maxBytes, header.chunks.maxBytes);
  body.set(KEYS.signingKey, header.signingKey);
  body.set(KEYS.required, [...header.requiredFeatures]);
  body.set(KEYS.optional, [...header.optionalFeatures]);
  if (header.owner) body.set(KEYS.tenant, header.owner.tenant).set(KEYS.vault, header.owner.vault);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(MAGIC, 0, 'latin1');
  prefix.writeUInt8(1, 8);
  prefix.write(header.keyId, 16, 'hex');
  prefix.set(random(12), 32);
  const cipher = createCipheriv('aes-256-gcm', headerKey, prefix.subarray(32, 44));
  cipher.setAAD(prefix);
  return Buffer.concat([prefix, cipher.update(encodeCbor(body)), cipher.final(), cipher.getAuthTag()]);
}

/** The key id that a `header` object names, read without any key: which root key a person has to bring. */
export function vaultHeaderKeyId(object: Uint8Array): KeyId {
  check(object.byteLength >= PREFIX_BYTES + 16 && object.byteLength <= MAX_HEADER_BYTES, 'it has 64 bytes to 64 KiB');
  const bytes = Buffer.from(object.buffer, object.byteOffset, object.byteLength);
  check(decodeAscii(bytes.subarray(0, 8)) === MAGIC, 'it starts with HOLDVALT');
  if (bytes[8] !== 1) throw unsupported(OBJECT, `format version ${bytes.readUInt8(8)}`);
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

function readBody(body: Uint8Array, keyId: KeyId): VaultHeader {
  const fields = CborFields.decode(body, OBJECT);
  const requiredFeatures = names(fields, KEYS.required);
  const strange = requiredFeatures.find((feature) => !KNOWN_FEATURES.has(feature));
  if (strange !== undefined) throw unsupported(OBJECT, `the feature “${strange}”`);
  const cipher = CIPHERS[fields.count(KEYS.cipher, 'cipher')];
  if (!cipher) throw fields.broken('cipher', '0 or 1');
  const chunks = {
    minBytes: fields.count(KEYS.minBytes, 'minBytes'),
    avgBytes: fields.count(KEYS.avgBytes, 'avgBytes'),
    maxBytes: fields.count(KEYS.maxBytes, 'maxBytes'),
  };
  const problem = checkChunkParameters(chunks);
  if (problem !== undefined) throw brokenObject(OBJECT, problem);
  return {
    keyId,
    cipher,
    chunks,
    signingKey: fields.bytes(KEYS.signingKey, 'signingKey', 32),
    requiredFeatures,
    optionalFeatures: names(fields, KEYS.optional),
    ...ownerIn(fields),
    unknown: fields.unknown() ?? new Map(),
  };
}

function ownerIn(fields: CborFields): Pick<VaultHeader, 'owner'> {
  const [tenant, vault] = [fields.optionalText(KEYS.tenant, 'tenant'), fields.optionalText(KEYS.vault, 'vault')];
  if (tenant === undefined || vault === undefined) return {};
  const owner = {
    tenant: parseStored(OBJECT, parseTenantId, tenant),
    vault: parseStored(OBJECT, parseVaultId, vault),
  };
  return { owner };
}

function names(fields: CborFields, key: number): string[] {
  return fields.list(key, 'features').map((name) => {
    if (typeof name !== 'string') throw fields.broken('features', 'a list of names');
    return name;
  });
}

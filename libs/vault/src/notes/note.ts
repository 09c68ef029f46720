import { AppError, parseTenantId, parseVaultId, type RandomBytes, type TenantId, type VaultId } from '@holdfast/kernel';
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { brokenObject } from '../broken-object.js';
import { CborFields } from '../cbor/cbor-fields.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { parseStored } from '../cbor/parse-stored.js';
import type { CborValue } from '../item-record.js';
import type { VaultCipher } from '../keys/vault-keys.js';

/** What seals a note: the index key for what storage writes, the header key for what auth alone may say. */
export interface NoteSeal {
  readonly cipher: VaultCipher;
  readonly key: Uint8Array;
}

/** Bytes of the largest note. */
export const MAX_NOTE_BYTES = 16 * 1024 * 1024;

const MAGIC = 'HOLDNOTE';
const VERSION = 1;
const PREFIX_BYTES = 32;
const SALT_AT = 16;
const TAG_BYTES = 16;
/** Every note has a key of its own, so one fixed nonce never meets a key twice. */
const NONCE = new Uint8Array(12);

/**
 * The bytes of a note, a small object beside the data that a lost database is rebuilt from (docs/format/v1.md#notes):
 *
 *      0..7   magic    "HOLDNOTE" in ASCII
 *      8      version  1
 *      9..15  zero
 *     16..31  salt     random, new for every attempt
 *     32..    sealed body: one CBOR map, then the tag
 *
 * It opens under its own object name alone, so that one note cannot be given in place of another.
 */
export function sealNote(
  name: string,
  body: ReadonlyMap<number, CborValue>,
  seal: NoteSeal,
  random: RandomBytes,
): Uint8Array {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(MAGIC, 'latin1');
  prefix.writeUInt8(VERSION, 8);
  prefix.set(random(PREFIX_BYTES - SALT_AT), SALT_AT);
  const cipher = createCipheriv(seal.cipher, noteKey(seal, prefix), NONCE);
  cipher.setAAD(boundTo(prefix, name));
  return Buffer.concat([prefix, cipher.update(encodeCbor(body)), cipher.final(), cipher.getAuthTag()]);
}

/** Whose a note is. */
export interface NoteScope {
  readonly tenant: TenantId;
  readonly vault: VaultId;
}

/** The first two fields of every note's body. */
export function scopeToCbor({ tenant, vault }: NoteScope): readonly (readonly [number, CborValue])[] {
  return [
    [1, tenant],
    [2, vault],
  ];
}

/** VAULT_OBJECT_INVALID unless the body begins with them. */
export function scopeFromCbor(fields: CborFields, what: string): NoteScope {
  return {
    tenant: parseStored(what, parseTenantId, fields.text(1, 'tenant')),
    vault: parseStored(what, parseVaultId, fields.text(2, 'vault')),
  };
}

/** The body of the note of that name; `what` names its kind in errors. VAULT_OBJECT_INVALID when it is not what was sealed there. */
export function openNote(name: string, object: Uint8Array, seal: NoteSeal, what: string): CborFields {
  if (object.length < PREFIX_BYTES + TAG_BYTES || object.length > MAX_NOTE_BYTES)
    throw brokenObject(what, `it has ${PREFIX_BYTES + TAG_BYTES} bytes to 16 MiB`);
  const bytes = Buffer.from(object.buffer, object.byteOffset, object.byteLength);
  const prefix = bytes.subarray(0, PREFIX_BYTES);
  if (prefix.toString('latin1', 0, 8) !== MAGIC) throw brokenObject(what, `it begins with ${MAGIC}`);
  if (prefix[8] !== VERSION)
    throw new AppError('VAULT_UNSUPPORTED', `The ${what} has a later format than this version reads; update Holdfast.`);
  if (prefix.subarray(9, SALT_AT).some((byte) => byte !== 0)) throw brokenObject(what, 'its reserved bytes are zero');
  const decipher = createDecipheriv(seal.cipher, noteKey(seal, prefix), NONCE);
  decipher.setAAD(boundTo(prefix, name));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  return CborFields.decode(opened(decipher, bytes.subarray(PREFIX_BYTES, -TAG_BYTES), what), what);
}

function opened(decipher: ReturnType<typeof createDecipheriv>, sealed: Uint8Array, what: string): Uint8Array {
  try {
    return Buffer.concat([decipher.update(sealed), decipher.final()]);
  } catch {
    throw brokenObject(what, "it opens under the vault's key and its own name");
  }
}

const boundTo = (prefix: Uint8Array, name: string) => Buffer.concat([prefix, Buffer.from(name, 'latin1')]);

function noteKey({ cipher, key }: NoteSeal, prefix: Uint8Array): Uint8Array {
  const salt = prefix.subarray(SALT_AT, PREFIX_BYTES);
  return new Uint8Array(hkdfSync('sha256', key, salt, 'holdfast/v1/note', cipher === 'aes-256-gcm' ? 32 : 16));
}

import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import type { VaultCipher } from '../keys/vault-keys.js';
import { brokenObject } from '../broken-object.js';

export const TAG_BYTES = 16;

/** Every sealed part has a key of its own, so one fixed nonce never meets a key twice. */
const NONCE = new Uint8Array(12);

export type SealedPart = 'snapshot-header' | 'snapshot-body';

export interface PartSeal {
  readonly cipher: VaultCipher;
  readonly part: SealedPart;
  /** The index key for headers, the metadata branch's key for bodies. */
  readonly key: Uint8Array;
  /** The object's 16 random bytes. */
  readonly salt: Uint8Array;
  /** Authenticated beside the part. */
  readonly prefix: Uint8Array;
}

/** AES-GCM under HKDF(key, salt, part): ciphertext, then the tag. */
export function sealPart(plain: Uint8Array, seal: PartSeal): Uint8Array {
  const cipher = createCipheriv(seal.cipher, partKey(seal), NONCE);
  cipher.setAAD(seal.prefix);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Reverses {@link sealPart}; VAULT_OBJECT_INVALID when key or bytes are not the ones. */
export function openPart(sealed: Uint8Array, seal: PartSeal): Uint8Array {
  const decipher = createDecipheriv(seal.cipher, partKey(seal), NONCE);
  decipher.setAAD(seal.prefix);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw brokenObject(seal.part, "it opens under the vault's key");
  }
}

function partKey({ cipher, part, key, salt }: PartSeal): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, salt, `holdfast/v1/${part}`, cipher === 'aes-256-gcm' ? 32 : 16));
}

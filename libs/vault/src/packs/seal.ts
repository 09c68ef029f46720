import type { PackId } from '@holdfast/kernel';
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { corruptChunk } from '../broken-object.js';
import { type Payload, decompressChunk } from '../chunks/compression.js';
import { freeNow } from '../free-now.js';
import type { VaultCipher } from '../keys/vault-keys.js';
import { SEAL_OVERHEAD_BYTES, TAG_BYTES } from './pack-layout.js';

export function keyBytesOf(cipher: VaultCipher): number {
  return cipher === 'aes-256-gcm' ? 32 : 16;
}

/** The key of all chunks born in one pack: the branch key salted with the pack's id (docs/format/v1.md#packs). */
export function packKey(branchKey: Uint8Array, packId: PackId, cipher: VaultCipher): KeyObject {
  const salt = Buffer.from(packId, 'hex');
  return createSecretKey(new Uint8Array(hkdfSync('sha256', branchKey, salt, 'holdfast/v1/pack', keyBytesOf(cipher))));
}

/** Ciphers copy their nonce, so one buffer serves all. */
const nonce = Buffer.alloc(12);

function nonceOf(birthCounter: number): Buffer {
  nonce.writeUInt32LE(birthCounter);
  return nonce;
}

/** Seals a chunk into `target` from `at` and returns how many bytes that took. */
export function sealChunk(
  target: Uint8Array,
  at: number,
  key: KeyObject,
  cipherName: VaultCipher,
  chunk: { readonly id: Uint8Array; readonly payload: Payload; readonly birthCounter: number },
): number {
  const cipher = createCipheriv(cipherName, key, nonceOf(chunk.birthCounter));
  cipher.setAAD(chunk.id);
  let end = at;
  for (const piece of chunk.payload.pieces) {
    const sealed = cipher.update(piece);
    target.set(sealed, end);
    end += sealed.byteLength;
    freeNow(sealed);
  }
  cipher.final();
  target.set(cipher.getAuthTag(), end);
  return end + TAG_BYTES - at;
}

/**
 * Opens a sealed chunk with the first of `keys` that fits; CHUNK_CORRUPT when none does. Does not check the id.
 * @param target filled with the plain bytes, where given; it has to have as many
 */
export function openSealed(
  sealed: Uint8Array,
  keys: Iterable<KeyObject>,
  cipher: VaultCipher,
  chunk: { readonly id: Uint8Array; readonly birthCounter: number; readonly plainBytes: number },
  target?: Uint8Array,
): Uint8Array {
  if (sealed.byteLength < SEAL_OVERHEAD_BYTES) throw corruptChunk('it has at least 17 sealed bytes');
  for (const key of keys) {
    const opened = tryOpen(sealed, key, cipher, chunk);
    if (!opened) continue;
    const plain = decompressChunk(opened[0] ?? -1, opened.subarray(1), chunk.plainBytes, target);
    if (plain.buffer !== opened.buffer) freeNow(opened);
    return plain;
  }
  throw corruptChunk('it opens under a key of the vault');
}

function tryOpen(
  sealed: Uint8Array,
  key: KeyObject,
  cipher: VaultCipher,
  chunk: { readonly id: Uint8Array; readonly birthCounter: number },
): Uint8Array | undefined {
  const decipher = createDecipheriv(cipher, key, nonceOf(chunk.birthCounter));
  decipher.setAAD(chunk.id);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const opened = decipher.update(sealed.subarray(0, -TAG_BYTES));
  try {
    decipher.final();
    return opened;
  } catch {
    return undefined;
  }
}

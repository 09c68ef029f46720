import { AppError, type RandomBytes } from '@holdfast/kernel';
import { argon2Sync, createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { brokenObject } from '../broken-object.js';
import { type RootKey, rootKeyFromBytes } from './root-key.js';
import { type KeyWrap, type WrapCost, decodeKeyWrap, encodeKeyWrap, wrapHeader } from './key-wrap-object.js';
import { keyIdOf } from './vault-keys.js';

/**
 * What closes or opens a wrapped root key. `open` wraps nothing (encryption off). `provider` and `recovery` are
 * 32-byte keys that never enter a vault; a passphrase goes through Argon2id.
 */
export type WrapSecret =
  | { readonly kind: 'open' }
  | { readonly kind: 'provider' | 'recovery'; readonly key: Uint8Array }
  | { readonly kind: 'passphrase'; readonly passphrase: string };

/** Argon2id at 64 MiB and 3 passes: RFC 9106's second recommended choice, about 0.1 s. */
const PASSPHRASE_COST: WrapCost = { memoryKib: 65_536, passes: 3, lanes: 4 };
const NO_COST: WrapCost = { memoryKib: 0, passes: 0, lanes: 0 };

function wrappingKey(secret: Exclude<WrapSecret, { kind: 'open' }>, salt: Uint8Array, cost: WrapCost): Uint8Array {
  if (secret.kind === 'passphrase')
    return argon2Sync('argon2id', {
      message: Buffer.from(secret.passphrase.normalize('NFC'), 'utf8'),
      nonce: salt,
      parallelism: cost.lanes,
      memory: cost.memoryKib,
      passes: cost.passes,
      tagLength: 32,
    });
  return new Uint8Array(hkdfSync('sha256', secret.key, salt, `holdfast/v1/wrap/${secret.kind}`, 32));
}

function secretId(secret: WrapSecret): Uint8Array {
  if (secret.kind === 'open' || secret.kind === 'passphrase') return new Uint8Array(16);
  if (secret.key.byteLength !== 32)
    throw new AppError('KEY_WRONG', `The ${secret.kind} key has to have 32 bytes.`, {
      context: { field: secret.kind },
    });
  return new Uint8Array(hkdfSync('sha256', secret.key, new Uint8Array(0), `holdfast/v1/wrap-id/${secret.kind}`, 16));
}

/** How wraps name the provider's or the recovery key that closes them: 32 hexadecimal digits, which tell nothing of the key. */
export function wrapIdOf(secret: Extract<WrapSecret, { kind: 'provider' | 'recovery' }>): string {
  return Buffer.from(secretId(secret)).toString('hex');
}

/** The bytes of a `keys/…` object that holds `root`, the ring's key number `ordinal`, for whoever knows `secret`. */
export function wrapRootKey(root: RootKey, ordinal: number, secret: WrapSecret, random: RandomBytes): Uint8Array {
  const wrap: KeyWrap = {
    kind: secret.kind,
    ordinal,
    keyId: keyIdOf(root),
    secretId: secretId(secret),
    salt: random(16),
    cost: secret.kind === 'passphrase' ? PASSPHRASE_COST : NO_COST,
    nonce: secret.kind === 'open' ? new Uint8Array(12) : random(12),
    sealed: root,
    tag: new Uint8Array(16),
  };
  if (secret.kind === 'open') return encodeKeyWrap(wrap);
  const cipher = createCipheriv('aes-256-gcm', wrappingKey(secret, wrap.salt, wrap.cost), wrap.nonce);
  cipher.setAAD(wrapHeader(wrap));
  const sealed = Buffer.concat([cipher.update(root), cipher.final()]);
  return encodeKeyWrap({ ...wrap, sealed, tag: cipher.getAuthTag() });
}

function wrongSecret(kind: WrapSecret['kind']): AppError {
  const what = kind === 'passphrase' ? 'passphrase' : `${kind} key`;
  return new AppError('KEY_WRONG', `This ${what} does not open the vault's key. Check that it belongs to this vault.`, {
    context: { kind },
  });
}

function unseal(wrap: KeyWrap, secret: WrapSecret): Uint8Array {
  if (secret.kind === 'open') return wrap.sealed;
  try {
    const decipher = createDecipheriv('aes-256-gcm', wrappingKey(secret, wrap.salt, wrap.cost), wrap.nonce);
    decipher.setAAD(wrapHeader(wrap));
    decipher.setAuthTag(wrap.tag);
    return Buffer.concat([decipher.update(wrap.sealed), decipher.final()]);
  } catch {
    throw wrongSecret(secret.kind);
  }
}

/** The root key inside a `keys/…` object and its place in the ring; KEY_WRONG at once when `secret` is not the right one. */
export function unwrapRootKey(
  bytes: Uint8Array,
  secret: WrapSecret,
): { readonly root: RootKey; readonly ordinal: number } {
  const wrap = decodeKeyWrap(bytes);
  if (wrap.kind !== secret.kind)
    throw new AppError(
      'KEY_WRONG',
      `This key object is closed by a ${wrap.kind} secret, not by a ${secret.kind} one.`,
      {
        context: { kind: wrap.kind },
      },
    );
  const root = rootKeyFromBytes(unseal(wrap, secret));
  if (keyIdOf(root) !== wrap.keyId) throw brokenObject('key object', 'the key inside is the one that its key id names');
  return { root, ordinal: wrap.ordinal };
}

import { AppError, type RandomBytes } from '@holdfast/kernel';

declare const secret: unique symbol;
/** 256 random bits from which every key of a vault is derived (docs/format/v1.md#keys). */
export type RootKey = Uint8Array & { readonly [secret]: 'RootKey' };

export const ROOT_KEY_BYTES = 32;
const BASE64_OF_32_BYTES = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

function asRootKey(bytes: Uint8Array): RootKey {
  return bytes as RootKey;
}

/** A fresh root key. */
export function newRootKey(random: RandomBytes): RootKey {
  return asRootKey(Uint8Array.from(random(ROOT_KEY_BYTES)));
}

/** The 44 characters that a person keeps: the key in base64. */
export function formatRootKey(key: RootKey): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('base64');
}

/** Reads what {@link formatRootKey} wrote; white space around and inside it is forgiven, since people paste it. */
export function parseRootKey(text: string): RootKey {
  const packed = text.replace(/\s+/g, '');
  if (!BASE64_OF_32_BYTES.test(packed))
    throw new AppError(
      'KEY_WRONG',
      'This is not a vault key. A key has 44 characters of base64 and ends in “=”; check that all of it was copied.',
      {
        context: { field: 'key', rule: '44 characters of base64' },
      },
    );
  return asRootKey(Uint8Array.from(Buffer.from(packed, 'base64')));
}

/** Takes 32 bytes, as a key store holds them, for a root key. */
export function rootKeyFromBytes(bytes: Uint8Array): RootKey {
  if (bytes.byteLength !== ROOT_KEY_BYTES)
    throw new AppError('KEY_WRONG', 'A vault key has 32 bytes.', { context: { field: 'key', rule: '32 bytes' } });
  return asRootKey(Uint8Array.from(bytes));
}

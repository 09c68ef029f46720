import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { AppError } from '@holdfast/kernel';

/** RFC 8410: what stands before the 32 bytes of an Ed25519 key in PKCS #8 and in SubjectPublicKeyInfo. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

const KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** An Ed25519 key pair (RFC 8032): a task's own, or the vault's, which certifies tasks and never leaves auth. */
export class SigningKey {
  readonly #private: KeyObject;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;

  private constructor(seed: Uint8Array) {
    this.#private = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(this.#private).export({ format: 'der', type: 'spki' });
    this.publicKey = Uint8Array.from(spki.subarray(-KEY_BYTES));
  }

  /** The pair that 32 random bytes make. */
  static fromSeed(seed: Uint8Array): SigningKey {
    if (seed.length !== KEY_BYTES)
      throw new AppError('INVALID_ARGUMENT', 'A signing key is made from 32 bytes.', { context: { field: 'seed' } });
    return new SigningKey(seed);
  }

  /** `purpose` keeps a signature for one thing from being taken for another. */
  sign(purpose: SignaturePurpose, message: Uint8Array): Uint8Array {
    return sign(null, signedBytes(purpose, message), this.#private);
  }
}

export type SignaturePurpose = 'snapshot' | 'certificate';

/** Whether the holder of the public key (32 bytes) signed the message for this purpose. */
export function isSignedBy(
  publicKey: Uint8Array,
  purpose: SignaturePurpose,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  const key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: 'der', type: 'spki' });
  return verify(null, signedBytes(purpose, message), key, signature);
}

function signedBytes(purpose: SignaturePurpose, message: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`holdfast/v1/${purpose}\0`), message]);
}

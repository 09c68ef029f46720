import { AppError } from '@holdfast/kernel';
import type { Secret } from '@holdfast/platform';
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { CheckpointSigner } from '../../app/checkpoint-signer.port.js';

export class Ed25519CheckpointSigner extends CheckpointSigner {
  override readonly keyId: string;
  override readonly publicKey: string;
  readonly #private: KeyObject;
  readonly #public: KeyObject;

  constructor(setting: Secret) {
    super();
    this.#private = keyIn(setting);
    this.#public = createPublicKey(this.#private);
    const der = this.#public.export({ format: 'der', type: 'spki' });
    this.publicKey = der.toString('base64');
    this.keyId = createHash('sha256').update(der).digest('hex').slice(0, 16);
  }

  override sign(statement: string): string {
    return sign(null, Buffer.from(statement), this.#private).toString('base64url');
  }

  override isSignedBy(statement: string, signature: string): boolean {
    return verify(null, Buffer.from(statement), this.#public, Buffer.from(signature, 'base64url'));
  }
}

function keyIn(setting: Secret): KeyObject {
  try {
    const key = createPrivateKey(setting.reveal());
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // Told below, without what the parser quotes.
  }
  throw new AppError('INVALID_CONFIG', 'AUDIT_KEY has to be an Ed25519 private key in PEM form (PKCS#8).', {
    context: { field: 'AUDIT_KEY', rule: 'Ed25519, PKCS#8, PEM' },
  });
}

import type { GrantClaims } from '@holdfast/contracts';
import { AppError } from '@holdfast/kernel';
import { keyIdOf, publicJwk, readGrant, signGrant } from '@holdfast/platform';
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { GrantSigner } from '../../app/grant-signer.port.js';

/** Signs with the one key that the settings give to all schedulers. */
export class JoseGrantSigner extends GrantSigner {
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;

  constructor(pem: string) {
    super();
    this.#privateKey = ed25519(pem);
    this.#publicKey = createPublicKey(this.#privateKey);
  }

  override sign(claims: Omit<GrantClaims, 'iss'>): Promise<string> {
    return signGrant(this.#privateKey, claims);
  }

  override read(grant: string): Promise<GrantClaims> {
    return readGrant(grant, async (kid) => {
      if (kid === (await keyIdOf(this.#publicKey))) return this.#publicKey;
      throw new AppError('GRANT_REFUSED', 'The grant names a key that scheduler does not have.');
    });
  }

  override async publicKeys(): Promise<readonly string[]> {
    return [await publicJwk(this.#privateKey)];
  }
}

function ed25519(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // The one message below serves every kind of wrong key.
  }
  throw new AppError('INVALID_CONFIG', 'GRANT_KEY has to be an Ed25519 private key in PEM form (PKCS#8).', {
    context: { field: 'GRANT_KEY', rule: 'Ed25519, PKCS#8, PEM' },
  });
}

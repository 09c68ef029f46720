import { AppError, type TenantId } from '@holdfast/kernel';
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { type SealedUnder, SecretBox } from '../../app/secret-box.port.js';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM under a key derived from the provider's; tenant and purpose are the associated data. */
export class AesSecretBox extends SecretBox {
  override readonly providerKeys: readonly [Uint8Array, ...(readonly Uint8Array[])];
  readonly #present: Uint8Array;
  readonly #further: readonly Uint8Array[];

  /** Seals under the first key. */
  constructor(present: Uint8Array, further: readonly Uint8Array[] = []) {
    super();
    this.providerKeys = [present, ...further];
    this.#present = sealingKey(present);
    this.#further = further.map(sealingKey);
  }

  override seal(tenant: TenantId, purpose: string, plain: Uint8Array): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#present, nonce).setAAD(aad(tenant, purpose));
    return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  override open(tenant: TenantId, purpose: string, sealed: Uint8Array): Buffer {
    for (const key of [this.#present, ...this.#further]) {
      const plain = openedWith(key, aad(tenant, purpose), sealed);
      if (plain) return plain;
    }
    throw new AppError(
      'KEY_WRONG',
      'A stored secret does not open under the provider keys that this service was started with. Start it with the key it had before in PROVIDER_KEY or FURTHER_PROVIDER_KEYS (in one process: providerKey or furtherProviderKeys in secrets.json).',
      { context: { tenantId: tenant, purpose } },
    );
  }

  override sealedUnder(tenant: TenantId, purpose: string, sealed: Uint8Array): SealedUnder {
    const opensWith = (key: Uint8Array) => openedWith(key, aad(tenant, purpose), sealed) !== undefined;
    if (opensWith(this.#present)) return 'present';
    return this.#further.some(opensWith) ? 'further' : 'none';
  }
}

function sealingKey(providerKey: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', providerKey, new Uint8Array(0), 'holdfast/auth/secrets', 32));
}

function openedWith(key: Uint8Array, associated: Buffer, sealed: Uint8Array): Buffer | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES));
    decipher.setAAD(associated).setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
}

const aad = (tenant: TenantId, purpose: string) => Buffer.from(`${tenant}/${purpose}`);

import { AppError, type TenantId } from '@holdfast/kernel';
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { SecretBox } from '../../app/secret-box.port.js';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM under a key derived from the provider's; tenant and purpose are the associated data. */
export class AesSecretBox extends SecretBox {
  readonly #key: Uint8Array;

  constructor(override readonly providerKey: Uint8Array) {
    super();
    this.#key = new Uint8Array(hkdfSync('sha256', providerKey, new Uint8Array(0), 'holdfast/auth/secrets', 32));
  }

  override seal(tenant: TenantId, purpose: string, plain: Uint8Array): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(aad(tenant, purpose));
    return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  override open(tenant: TenantId, purpose: string, sealed: Uint8Array): Buffer {
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, NONCE_BYTES));
      decipher.setAAD(aad(tenant, purpose)).setAuthTag(sealed.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    } catch {
      throw new AppError(
        'KEY_WRONG',
        'A stored secret does not open under the provider key that this service was started with. Start it with the key it had before.',
        { context: { tenantId: tenant, purpose } },
      );
    }
  }
}

const aad = (tenant: TenantId, purpose: string) => Buffer.from(`${tenant}/${purpose}`);

import { AppError } from '@holdfast/kernel';
import type { VaultKeys } from '@holdfast/vault';
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What plans keep of words: sealed texts and digests that only a holder of the vault's keys can make or compare. */
export class PlanKeys {
  readonly #sealKey: Buffer;
  readonly #digestKey: Buffer;

  constructor(keys: VaultKeys) {
    const derive = (label: string) =>
      Buffer.from(hkdfSync('sha256', keys.headerKey, '', `holdfast/restore/${label}`, KEY_BYTES));
    this.#sealKey = derive('plan-text');
    this.#digestKey = derive('plan-digest');
  }

  /** 22 characters that are equal for equal texts. */
  digest(...texts: readonly string[]): string {
    return createHmac('sha256', this.#digestKey).update(JSON.stringify(texts)).digest('base64url').slice(0, 22);
  }

  /** Nonce, ciphertext and tag (AES-256-GCM), bound to the plan; empty for an empty text. */
  seal(planId: string, text: string): Uint8Array {
    if (text === '') return new Uint8Array(0);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#sealKey, nonce).setAAD(Buffer.from(planId));
    return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  }

  open(planId: string, sealed: Uint8Array): string {
    if (sealed.length === 0) return '';
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#sealKey, sealed.subarray(0, NONCE_BYTES));
      decipher.setAAD(Buffer.from(planId)).setAuthTag(sealed.subarray(-TAG_BYTES));
      const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new AppError('KEY_WRONG', 'The plan was sealed with another key of the vault. Make the plan anew.', {
        context: { planId },
        cause,
      });
    }
  }
}

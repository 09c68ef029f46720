import type { TenantId } from '@holdfast/kernel';

/** Which of the provider's keys has sealed something: the one that seals now, one that only opens, or none that is given. */
export type SealedUnder = 'present' | 'further' | 'none';

/** Seals what rests in the database under the provider's key. */
export abstract class SecretBox {
  /** The answer opens only for the same tenant and purpose. */
  abstract seal(tenant: TenantId, purpose: string, plain: Uint8Array): Buffer;
  /** KEY_WRONG when none of the provider's keys has sealed it. */
  abstract open(tenant: TenantId, purpose: string, sealed: Uint8Array): Buffer;
  abstract sealedUnder(tenant: TenantId, purpose: string, sealed: Uint8Array): SealedUnder;
  /** The provider's keys, for wraps of root keys beside the data: the one that wraps first, then those that only open. 32 bytes each. */
  abstract readonly providerKeys: readonly [Uint8Array, ...(readonly Uint8Array[])];

  get providerKey(): Uint8Array {
    return this.providerKeys[0];
  }
}

import type { TenantId } from '@holdfast/kernel';

/** Seals what rests in the database under the provider's key. */
export abstract class SecretBox {
  /** The answer opens only for the same tenant and purpose. */
  abstract seal(tenant: TenantId, purpose: string, plain: Uint8Array): Buffer;
  /** KEY_WRONG when the provider's key is another one. */
  abstract open(tenant: TenantId, purpose: string, sealed: Uint8Array): Buffer;
  /** The provider's key, for wrapping root keys beside the data. 32 bytes. */
  abstract readonly providerKey: Uint8Array;
}

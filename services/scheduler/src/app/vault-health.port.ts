import type { TenantId, VaultId } from '@holdfast/kernel';

/** Storage, which knows what a vault's destinations lack. */
export abstract class VaultHealth {
  /** What whoever looks after the vault has to know now, in sentences: locks that cannot be extended, destinations that did not answer. Fails within seconds where storage does not answer. */
  abstract warnings(tenant: TenantId, vault: VaultId): Promise<readonly string[]>;
}

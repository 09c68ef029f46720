import type { TenantId, VaultId } from '@holdfast/kernel';

/** Knows which vaults a tenant has. */
export abstract class Vaults {
  /** NOT_FOUND for a vault that the tenant does not have. */
  abstract require(tenant: TenantId, vault: VaultId): Promise<void>;
}

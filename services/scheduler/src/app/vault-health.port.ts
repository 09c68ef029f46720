import type { TenantId, VaultId } from '@holdfast/kernel';
import type { VaultWarning } from '../domain/vault-warning.js';

/** Storage, which knows what a vault's destinations lack. */
export abstract class VaultHealth {
  /** What whoever looks after the vault has to know now. Fails within seconds where storage does not answer. */
  abstract warnings(tenant: TenantId, vault: VaultId): Promise<readonly VaultWarning[]>;
}

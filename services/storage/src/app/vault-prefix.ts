import type { TenantId, VaultId } from '@holdfast/kernel';
import { createHash } from 'node:crypto';

/** What all object names of a vault start with at every destination: opaque, and another for each tenant and vault. */
export function vaultPrefix(tenant: TenantId, vault: VaultId): string {
  return createHash('sha256').update(`holdfast/vault-prefix/v1\0${tenant}\0${vault}`).digest('hex').slice(0, 32);
}

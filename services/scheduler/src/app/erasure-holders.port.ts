import type { BackupSetId, ResourceId, TenantId, VaultId } from '@holdfast/kernel';

/** A chain for whose newest snapshot packs stay that a deletion on request is not done with. */
export interface ErasureHolder {
  readonly backupSetId: BackupSetId;
  readonly resourceId: ResourceId;
}

/** Storage, which knows what the newest space freeing left. */
export abstract class ErasureHolders {
  /** In the order of their sets, some of those after `after`; none after the last. */
  abstract after(tenant: TenantId, vault: VaultId, after: ErasureHolder | undefined): Promise<readonly ErasureHolder[]>;
}

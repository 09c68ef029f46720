import type { BackupSetId, JobId, ResourceId, SnapshotId, TenantId, VaultId } from '@holdfast/kernel';

/** What space freeing would get of a snapshot if it alone went: sealed bytes of chunks that nothing else needs. */
export interface SnapshotShare {
  /** The place of the snapshot among those that the vault stored. */
  readonly storedNo: number;
  readonly bytes: number;
}

export interface ShownSnapshotShare extends SnapshotShare {
  readonly snapshotId: SnapshotId;
  readonly resourceId: ResourceId;
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly jobStartedAt: number;
}

/** Sealed bytes of all needed chunks of a vault. */
export interface NeededBytes {
  readonly byOne: number;
  /** Gone only when all snapshots that need them have. */
  readonly bySeveral: number;
}

/** What the newest dry run of a space freeing said of each snapshot. */
export abstract class SnapshotShares {
  /** Kept as long as the job's report is the vault's newest; nothing is where it is not. */
  abstract save(tenant: TenantId, vault: VaultId, job: JobId, shares: readonly SnapshotShare[]): Promise<void>;
  /** Undefined where the newest report is of no dry run. */
  abstract needed(tenant: TenantId, vault: VaultId): Promise<NeededBytes | undefined>;
  /** Of a set's snapshots, the largest first; those that were removed since are left out. `size` from 1 to 1,000. */
  abstract page(
    tenant: TenantId,
    vault: VaultId,
    backupSetId: BackupSetId,
    page: { readonly size: number; readonly token: string },
  ): Promise<{ readonly shares: readonly ShownSnapshotShare[]; readonly next?: string }>;
}

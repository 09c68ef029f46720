import type { BackupSetId, JobId, TenantId } from '@holdfast/kernel';

/** A set whose retention is to follow a backup that has ended. */
export interface DueRetention {
  readonly tenantId: TenantId;
  readonly backupSetId: BackupSetId;
  /** The backup; the newest where several ended since a retention ran last. */
  readonly afterJobId: JobId;
}

/** The sets of all tenants whose retention is to follow a backup. */
export abstract class DueRetentions {
  /** In the order of the sets' ids, those after `after`; at most `size`. */
  abstract page(after: BackupSetId | undefined, size: number): Promise<readonly DueRetention[]>;
  /** The retention has been started. A backup that ended since is due still. */
  abstract started(due: DueRetention): Promise<void>;
}

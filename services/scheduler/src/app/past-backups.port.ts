import type { BackupSetId, ResourceId, TenantId } from '@holdfast/kernel';
import type { PastWork } from '../domain/quote-backup.js';

/** Knows what backups of a set spent. */
export abstract class PastBackups {
  /** Of each resource its newest task that made a snapshot; absent where there is none. */
  abstract newest(
    tenant: TenantId,
    set: BackupSetId,
    resources: readonly ResourceId[],
  ): Promise<ReadonlyMap<ResourceId, PastWork>>;
  /** Milliseconds that a request of the tenant's latest backups took on average; undefined before the first. */
  abstract requestMs(tenant: TenantId): Promise<number | undefined>;
}

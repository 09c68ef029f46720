import type { WireRetentionPolicy } from '@holdfast/contracts';
import type { BackupSetId, JobId, ResourceId, TenantId } from '@holdfast/kernel';

/** What decides about a set's snapshots. Instants in milliseconds since the epoch. */
export interface RetentionTerms {
  readonly policy: WireRetentionPolicy;
  readonly timeZone: string;
  /** Starts of the backup jobs that ended with what they could finish, ascending; the newest where there are very many. */
  readonly jobs: readonly number[];
  readonly dryRun: boolean;
  readonly now: number;
}

/** Remembers what a set did, for retention. */
export abstract class RetentionPast {
  /** NOT_FOUND where the set has been deleted: then nothing says that anything may go. */
  abstract terms(tenant: TenantId, set: BackupSetId, job: JobId): Promise<RetentionTerms>;
  /** For each resource that the set no longer protects, the start of its first ended job without it. */
  abstract left(
    tenant: TenantId,
    set: BackupSetId,
    resources: readonly ResourceId[],
  ): Promise<ReadonlyMap<ResourceId, number>>;
  /**
   * Notes resources that a job leaves out because their accounts have no licence: they have not left by that, so that what was backed up
   * of them stays. Only those that the set had protected are kept in mind. Safe to repeat.
   */
  abstract noteUnlicensed(
    tenant: TenantId,
    set: BackupSetId,
    job: JobId,
    resources: readonly ResourceId[],
  ): Promise<void>;
  /** For each resource that a job of the set read with nothing owed and no difference left unexplained, the start of the newest such job. */
  abstract whole(
    tenant: TenantId,
    set: BackupSetId,
    resources: readonly ResourceId[],
  ): Promise<ReadonlyMap<ResourceId, number>>;
}

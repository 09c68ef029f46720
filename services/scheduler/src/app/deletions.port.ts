import type { BackupSetId, DeletionId, JobId, ResourceId, SnapshotId, TenantId, VaultId } from '@holdfast/kernel';
import type { DeletionSubject } from '../domain/deletion.js';
import type { JobState } from '../domain/job-outcome.js';
import type { Page, PageRequest } from './jobs.port.js';

export interface DeletionApproval {
  readonly by: string;
  readonly atMs: number;
}

/** Of one resource. */
export interface RemovedResource {
  readonly resourceId: ResourceId;
  readonly snapshots: number;
  /** Places in the chain. */
  readonly firstNumber: number;
  readonly lastNumber: number;
  /** Starts of the backup jobs that made them. */
  readonly firstJobStartedAtMs: number;
  readonly lastJobStartedAtMs: number;
}

/** A request to delete all that a set has stored of its subject. Instants in milliseconds since the epoch; persons are ids of API keys. */
export interface Deletion {
  readonly tenantId: TenantId;
  readonly deletionId: DeletionId;
  readonly backupSetId: BackupSetId;
  readonly vaultId: VaultId;
  readonly subject: DeletionSubject;
  readonly reason: string;
  readonly requestedBy: string;
  readonly requestedAtMs: number;
  /** In their order. */
  readonly approvals: readonly DeletionApproval[];
  readonly withdrawn?: DeletionApproval;
  /** The newest. */
  readonly job?: { readonly jobId: JobId; readonly state: JobState; readonly finishedAtMs?: number };
  readonly removed: readonly RemovedResource[];
}

export type NewDeletion = Pick<Deletion, 'backupSetId' | 'subject' | 'reason' | 'requestedBy'>;

export interface SnapshotRemoval {
  readonly snapshotId: SnapshotId;
  readonly number: number;
  readonly jobStartedAtMs: number;
}

/** Keeps requests to delete for ever, with who decided what. One of another tenant is NOT_FOUND. */
export abstract class Deletions {
  /** NOT_FOUND for a set that is not there. */
  abstract request(tenant: TenantId, deletion: NewDeletion): Promise<Deletion>;
  /** Whether a backup of the set, as far as its history goes, has read anything of the subject. */
  abstract hasBeenRead(tenant: TenantId, set: BackupSetId, subject: DeletionSubject): Promise<boolean>;
  abstract get(tenant: TenantId, deletion: DeletionId): Promise<Deletion>;
  /** Newest first. */
  abstract list(tenant: TenantId, page: PageRequest): Promise<Page<Deletion>>;
  /**
   * FAILED_PRECONDITION for a second approval of one person, and for one that comes too late. With the last, the set's backups leave
   * the resources out.
   */
  abstract approve(tenant: TenantId, deletion: DeletionId, by: string): Promise<Deletion>;
  /** FAILED_PRECONDITION once it is approved. Safe to repeat. */
  abstract withdraw(tenant: TenantId, deletion: DeletionId, by: string): Promise<Deletion>;
  abstract setJob(tenant: TenantId, deletion: DeletionId, job: JobId): Promise<void>;
  /** Backups of the set that run; one that begins later leaves out what is approved by now. */
  abstract runningBackup(tenant: TenantId, set: BackupSetId): Promise<JobId | undefined>;
  /** Those of the resources that the set's backups leave out, since their deletion was approved. */
  abstract excludedAmong(
    tenant: TenantId,
    set: BackupSetId,
    resources: readonly ResourceId[],
  ): Promise<ReadonlySet<ResourceId>>;
  /** Noted once each. */
  abstract noteRemovals(
    tenant: TenantId,
    deletion: DeletionId,
    resource: ResourceId,
    snapshots: readonly SnapshotRemoval[],
  ): Promise<void>;
}

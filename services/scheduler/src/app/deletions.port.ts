import type { BackupSetId, DeletionId, JobId, ResourceId, SnapshotId, TenantId, VaultId } from '@holdfast/kernel';
import type { DeletionFreeing } from '../domain/deletion-freeing.js';
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
  /** When that was done; absent before. */
  readonly removedAtMs?: number;
  /** The newest space freeing that was started for it, and what it has freed so far. */
  readonly freeing?: DeletionFreeing & {
    readonly jobId: JobId;
    /** Sealed bytes of the whole vault. */
    readonly bytesFreed: number;
  };
}

/** One that has removed what was asked for, and of which no space freeing has taken everything. */
export type UnfreedDeletion = Pick<Deletion, 'tenantId' | 'deletionId' | 'backupSetId' | 'vaultId' | 'freeing'> & {
  /** Of the set; UTC where that was deleted. */
  readonly timeZone: string;
  readonly removedAtMs: number;
  /** Its newest job; absent where a rebuild has brought it back. */
  readonly jobId?: JobId;
  /** Whether {@link Deletions.noteRemoved} was told of it. */
  readonly isNoted: boolean;
};

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
  /** A job of the kind that runs on the set. A backup that begins later leaves out what is approved by now. */
  abstract running(tenant: TenantId, set: BackupSetId, kind: 'backup' | 'rewriting'): Promise<JobId | undefined>;
  /** Those of the resources that the set's backups leave out, since their deletion was approved. */
  abstract excludedAmong(
    tenant: TenantId,
    set: BackupSetId,
    resources: readonly ResourceId[],
  ): Promise<ReadonlySet<ResourceId>>;
  /** Items that the set's backups keep out of the resource since their deletion was approved. */
  abstract excludedItems(tenant: TenantId, set: BackupSetId, resource: ResourceId): Promise<readonly string[]>;
  /** Noted once each. */
  abstract noteRemovals(
    tenant: TenantId,
    deletion: DeletionId,
    resource: ResourceId,
    snapshots: readonly SnapshotRemoval[],
  ): Promise<void>;
  /** Of all tenants, whether or not their sets are still there, in the order of their ids, those after `after`; at most `size`. */
  abstract unfreed(after: DeletionId | undefined, size: number): Promise<readonly UnfreedDeletion[]>;
  /** Its job has ended well: keeps what it removed, and has the vault told, so that a rebuild does not bring that back. Safe to repeat. */
  abstract noteRemoved(tenant: TenantId, deletion: DeletionId): Promise<void>;
  abstract setFreeing(tenant: TenantId, deletions: readonly DeletionId[], job: JobId): Promise<void>;
  abstract noteFreed(tenant: TenantId, deletion: DeletionId): Promise<void>;
}

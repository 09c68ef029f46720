import type { TaskReport } from '@holdfast/contracts';
import type { BackupSetId, JobId, ResourceId, SnapshotId, TaskId, TenantId, VaultId } from '@holdfast/kernel';

/** A task as scheduler hands it out. */
export interface Lease {
  readonly grant: string;
  readonly expiresAtMs: number;
  readonly tenantId: TenantId;
  readonly taskId: TaskId;
  readonly jobId: JobId;
  readonly backupSetId: BackupSetId;
  readonly vaultId: VaultId;
  readonly resourceId: ResourceId;
  readonly epoch: number;
  readonly timeZone: string;
  readonly jobStartedAtMs: number;
  /** Opaque; undefined when nobody has worked on the task before. */
  readonly checkpoint?: Uint8Array;
  /** Enumerate everything and compare, whatever the cursors say. */
  readonly fullCheck: boolean;
}

export interface Progress {
  readonly itemsDone: number;
  readonly itemsExpected: number;
  readonly bytesDone: number;
  readonly requests: number;
  readonly throttled: number;
}

export interface Renewal {
  readonly grant: string;
  readonly expiresAtMs: number;
  readonly isStopRequested: boolean;
}

export interface TaskEnd {
  readonly outcome: 'completed' | 'completed-with-warnings' | 'incomplete' | 'stopped';
  readonly progress: Progress;
  readonly report: TaskReport;
  readonly snapshotId?: SnapshotId;
}

export interface TaskFailure {
  readonly code: string;
  /** Ids only. */
  readonly message: string;
  readonly canRetry: boolean;
  readonly retryAfterMs: number;
}

/** Where tasks come from and go back to. All but the leases throw GRANT_REFUSED once another worker has the task. */
export abstract class TaskDesk {
  /** Undefined when there is nothing to do: another holds the task, or it has ended. */
  abstract lease(tenant: TenantId, task: TaskId): Promise<Lease | undefined>;
  /** A task that waits although nobody rang for it. */
  abstract leaseNext(): Promise<Lease | undefined>;
  abstract renew(grant: string, progress: Progress): Promise<Renewal>;
  abstract saveCheckpoint(grant: string, checkpoint: Uint8Array): Promise<void>;
  /** Safe to repeat. */
  abstract finish(grant: string, end: TaskEnd): Promise<void>;
  abstract fail(grant: string, failure: TaskFailure): Promise<void>;
}

import type { BackupSetId, JobId, ResourceId, TaskId, TenantId, VaultId } from '@holdfast/kernel';
import type { Lane } from '@holdfast/contracts';
import type { JobKind } from '../domain/job-kind.js';
import type { JobState, TaskState } from '../domain/job-outcome.js';

export interface Job {
  readonly tenantId: TenantId;
  readonly jobId: JobId;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly backupSetId?: BackupSetId;
  readonly planId?: string;
  /** The backup after which the job was started by itself. */
  readonly afterJobId?: JobId;
  readonly vaultId: VaultId;
  readonly timeZone: string;
  readonly fullCheck: boolean;
  /** Says what it would do, and changes nothing. */
  readonly dryRun: boolean;
  /** What the job was asked for beyond these fields, as JSON. */
  readonly termsJson?: string;
  readonly startedAtMs: number;
  readonly finishedAtMs?: number;
  readonly tasksTotal: number;
  readonly tasksFinished: number;
  readonly warnings: readonly string[];
}

export type RunningJob = Pick<Job, 'tenantId' | 'jobId' | 'kind' | 'vaultId' | 'warnings'>;

export interface Progress {
  readonly itemsDone: number;
  readonly itemsExpected: number;
  readonly bytesDone: number;
  readonly requests: number;
  readonly throttled: number;
  /** Milliseconds that the requests took, added up. */
  readonly requestMs: number;
}

export interface Task {
  readonly tenantId: TenantId;
  readonly taskId: TaskId;
  readonly jobId: JobId;
  readonly kind: JobKind;
  readonly resourceId: ResourceId;
  readonly state: TaskState;
  /** Since the task moved forward last. */
  readonly attempts: number;
  /** Times that it dropped its checkpoint, because the packs it had written were lost. */
  readonly freshStarts: number;
  readonly epoch: number;
  readonly progress: Progress;
  readonly lastErrorCode: string;
  readonly lastErrorMessage: string;
  readonly startedAtMs?: number;
  readonly finishedAtMs?: number;
}

export type NewJob = Pick<
  Job,
  | 'jobId'
  | 'kind'
  | 'backupSetId'
  | 'planId'
  | 'afterJobId'
  | 'vaultId'
  | 'timeZone'
  | 'fullCheck'
  | 'dryRun'
  | 'termsJson'
>;

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Where the next page begins; undefined on the last. */
  readonly next?: string;
}

export interface PageRequest {
  readonly size: number;
  readonly from?: string;
}

/**
 * Keeps jobs and what they are made of. A job is *open* from `open` to `close`: tasks are added, and it cannot end.
 * Every change is told on the bus from the same transaction.
 */
export abstract class Jobs {
  /** Begins a job. FAILED_PRECONDITION when such a job of the set or vault runs; NOT_FOUND for a backup of a set that was deleted. Repeated with the same id it answers the job that is there. */
  abstract open(tenant: TenantId, job: NewJob): Promise<Job>;
  /** Adds one task per resource and rings for each. A resource that the job has is left alone, and so is a job that has ended. */
  abstract addTasks(tenant: TenantId, job: JobId, resources: readonly ResourceId[]): Promise<void>;
  /** No more tasks will come. */
  abstract close(tenant: TenantId, job: JobId, warnings: readonly string[]): Promise<Job>;
  /** Adds what whoever looks after a job that runs has to know, once each, and tells of it. Nothing where it has ended, or has many. */
  abstract warn(tenant: TenantId, job: JobId, warnings: readonly string[]): Promise<void>;
  /** Jobs that run and have all their tasks, of all tenants, in the order of their ids, those after `after`. */
  abstract running(after: JobId | undefined, size: number): Promise<readonly RunningJob[]>;
  /** Ends an open job that could not be made whole, as failed, or as stopped where that was asked for; its tasks are stopped. */
  abstract abandon(tenant: TenantId, job: JobId, reason: string): Promise<Job>;
  /** Stops what waits and marks what runs. */
  abstract requestStop(tenant: TenantId, job: JobId): Promise<Job>;
  abstract get(tenant: TenantId, job: JobId): Promise<Job>;
  /** Newest first. */
  abstract list(tenant: TenantId, set: BackupSetId | undefined, page: PageRequest): Promise<Page<Job>>;
  abstract listTasks(tenant: TenantId, job: JobId, page: PageRequest): Promise<Page<Task>>;
  /** Jobs of these kinds left open by a process that died, for {@link addTasks} and {@link close} to be run again, or {@link abandon}. */
  abstract leftOpen(kinds: readonly JobKind[], olderThanMs: number): Promise<readonly Job[]>;
}

/** Which lane a resource of a backup belongs in: first fulls give way to increments. Housekeeping spends no budget, so its lane means nothing. */
export type LaneOf = (hasSnapshot: boolean, kind: JobKind) => Lane;
export const laneOf: LaneOf = (hasSnapshot, kind) =>
  kind === 'restore' ? 'restore' : hasSnapshot ? 'increment' : 'first-full';

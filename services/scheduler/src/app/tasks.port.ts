import type { Lane, TaskReport } from '@holdfast/contracts';
import type { BackupSetId, TaskId, TenantId, VaultId } from '@holdfast/kernel';
import type { TaskState } from '../domain/job-outcome.js';
import type { Progress, Task } from './jobs.port.js';
import type { JobKind } from '../domain/job-kind.js';

/** A task as its new holder gets it. */
export interface LeasedTask {
  readonly task: Task;
  readonly lane: Lane;
  readonly backupSetId?: BackupSetId;
  readonly planId?: string;
  readonly vaultId: VaultId;
  readonly timeZone: string;
  readonly fullCheck: boolean;
  readonly jobStartedAtMs: number;
  /** Opaque; empty when there is none. */
  readonly checkpoint: Uint8Array;
  /** By PostgreSQL's clock, milliseconds since the epoch. */
  readonly expiresAtMs: number;
  /** What the job was asked for beyond these fields, as JSON. */
  readonly termsJson?: string;
  /** Trace of the request that started the job (W3C), where there was one. */
  readonly traceparent?: string;
}

/** Who speaks for a task: refused with GRANT_REFUSED unless this is the task's present lease. */
export interface Holding {
  readonly taskId: TaskId;
  readonly epoch: number;
}

export interface TaskEnd {
  readonly outcome: Exclude<TaskState, 'ready' | 'leased'>;
  readonly progress: Progress;
  readonly report: TaskReport;
  readonly snapshotId: string;
  readonly errorCode: string;
  readonly errorMessage: string;
}

/** When a task is tried again, and why it has to be. */
export interface NextAttempt {
  readonly afterMs: number;
  readonly code: string;
  readonly message: string;
  /** Times that the task has begun anew. */
  readonly freshStarts: number;
}

/** The task table: the truth about who works on what. Each lease raises the epoch, which never repeats in an installation. */
export abstract class Tasks {
  abstract get(tenant: TenantId, task: TaskId): Promise<Task>;
  /** Undefined when the task is held by another, waits for its time, has ended, or is a restore while another into the same target is held. */
  abstract lease(tenant: TenantId, task: TaskId, worker: string, leaseMs: number): Promise<LeasedTask | undefined>;
  /** The task that has waited longest in the first lane that has any. */
  abstract leaseNext(
    kind: JobKind,
    tenants: readonly TenantId[],
    worker: string,
    leaseMs: number,
  ): Promise<LeasedTask | undefined>;
  abstract renew(
    tenant: TenantId,
    holding: Holding,
    progress: Progress,
    leaseMs: number,
  ): Promise<{ readonly expiresAtMs: number; readonly isStopRequested: boolean }>;
  /** What moves forward starts counting its attempts anew; an empty checkpoint is a step back. */
  abstract saveCheckpoint(tenant: TenantId, holding: Holding, checkpoint: Uint8Array): Promise<void>;
  /** Ends the task, and with the last one its job. A repeat under the same epoch changes nothing. */
  abstract finish(tenant: TenantId, holding: Holding, end: TaskEnd): Promise<void>;
  /** Puts the task back to be leased later; ends it as stopped when its job is stopping. */
  abstract putBack(tenant: TenantId, holding: Holding, next: NextAttempt): Promise<void>;
  /** Tasks whose workers were lost again and again: nobody gets them any more, and they wait to be parked. */
  abstract wornOut(limit: number): Promise<readonly Task[]>;
  /** Tasks whose workers were lost, of jobs that are stopping or have ended: a next worker would only be told to stop. */
  abstract lapsedAndStopped(limit: number): Promise<readonly Task[]>;
  /** Ends such a task as stopped, under a new epoch: who held it is refused. Nothing where it is held, or has ended. */
  abstract stopLapsed(tenant: TenantId, task: TaskId): Promise<void>;
  /** Rings again for tasks that may be leased: lapsed leases, waits that are over, doorbells that were lost; ever more rarely the longer one waits. */
  abstract ringAgain(limit: number): Promise<number>;
}

import type { TaskReport } from '@holdfast/contracts';
import {
  JobKind,
  TaskState,
  type Lease as WireLease,
  type TaskServiceController,
} from '@holdfast/contracts/scheduler/v1';
import {
  AppError,
  parseBackupSetId,
  parseJobId,
  parseResourceId,
  parseTaskId,
  parseTenantId,
  parseVaultId,
  type BackupSetId,
  type JobId,
  type ResourceId,
  type TaskId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';

/** A task as scheduler hands it out. */
export interface Lease {
  readonly grant: string;
  /** Milliseconds that the lease lasts at least from when it arrived. */
  readonly leaseMs: number;
  readonly tenantId: TenantId;
  readonly taskId: TaskId;
  readonly jobId: JobId;
  readonly kind: TaskKind;
  /** Undefined for a restore. */
  readonly backupSetId?: BackupSetId;
  /** Of a restore. */
  readonly planId?: string;
  readonly vaultId: VaultId;
  readonly resourceId: ResourceId;
  readonly epoch: number;
  readonly timeZone: string;
  readonly jobStartedAtMs: number;
  /** Opaque; undefined when nobody has worked on the task before. */
  readonly checkpoint?: Uint8Array;
  /** Enumerate everything and compare, whatever the cursors say. */
  readonly fullCheck: boolean;
  readonly lane: string;
  /** What the job was asked for, as JSON, where its kind has more to say than these fields. */
  readonly termsJson?: string;
  /** Items that a backup keeps out of the resource, folders with everything below. */
  readonly excludedItemIds: readonly string[];
  /** Trace of the request that started the job (W3C), where there was one. */
  readonly traceparent?: string;
}

export interface Progress {
  readonly itemsDone: number;
  /** 0 where it is not known. */
  readonly itemsExpected: number;
  readonly bytesDone: number;
  readonly requests: number;
  readonly throttled: number;
  /** Milliseconds that the requests took, added up. */
  readonly requestMs: number;
}

export interface Renewal {
  readonly grant: string;
  /** Milliseconds that the lease lasts at least from when the answer arrived. */
  readonly leaseMs: number;
  readonly isStopRequested: boolean;
}

export interface TaskEnd {
  readonly outcome: 'completed' | 'completed-with-warnings' | 'incomplete' | 'stopped';
  readonly progress: Progress;
  readonly report: TaskReport;
  /** Of a backup. */
  readonly snapshotId?: string;
}

export interface TaskFailure {
  readonly code: string;
  /** Ids only. */
  readonly message: string;
  readonly canRetry: boolean;
  readonly retryAfterMs: number;
}

const JOB_KINDS = {
  backup: JobKind.JOB_KIND_BACKUP,
  restore: JobKind.JOB_KIND_RESTORE,
  retention: JobKind.JOB_KIND_RETENTION,
  freeing: JobKind.JOB_KIND_FREEING,
  rebuild: JobKind.JOB_KIND_REBUILD,
  check: JobKind.JOB_KIND_CHECK,
  deletion: JobKind.JOB_KIND_DELETION,
  rewriting: JobKind.JOB_KIND_REWRITING,
} as const;
export type TaskKind = keyof typeof JOB_KINDS;

const OUTCOMES: Record<TaskEnd['outcome'], TaskState> = {
  completed: TaskState.TASK_STATE_COMPLETED,
  'completed-with-warnings': TaskState.TASK_STATE_COMPLETED_WITH_WARNINGS,
  incomplete: TaskState.TASK_STATE_INCOMPLETE,
  stopped: TaskState.TASK_STATE_STOPPED,
};

/** Where tasks come from and go back to. All but the leases throw GRANT_REFUSED once another worker has the task. */
export class TaskDesk {
  readonly #scheduler: GrpcClient<TaskServiceController>;
  readonly #kinds: readonly JobKind[];

  constructor(
    scheduler: GrpcConnection,
    /** In the order in which {@link leaseNext} looks. */
    kinds: readonly TaskKind[],
    /** Name of this process, for scheduler's log. */
    private readonly worker: string,
    /** Works for this tenant alone. */
    private readonly tenant?: TenantId,
  ) {
    this.#scheduler = scheduler.client<TaskServiceController>('TaskService', {
      repeatable: ['renewLease', 'saveCheckpoint', 'finishTask'],
    });
    this.#kinds = kinds.map((kind) => JOB_KINDS[kind]);
  }

  /** Undefined when there is nothing to do: another holds the task, or it has ended. */
  async lease(tenant: TenantId, task: TaskId): Promise<Lease | undefined> {
    const askedAt = performance.now();
    const { lease } = await this.#scheduler.leaseTask({ tenantId: tenant, taskId: task, worker: this.worker });
    return lease && sinceAsked(leaseFrom(lease), askedAt);
  }

  /** A task that waits although nobody rang for it. */
  async leaseNext(): Promise<Lease | undefined> {
    const tenantIds = this.tenant === undefined ? [] : [this.tenant];
    for (const kind of this.#kinds) {
      const askedAt = performance.now();
      const { lease } = await this.#scheduler.leaseNextTask({ kind, worker: this.worker, tenantIds });
      if (lease) return sinceAsked(leaseFrom(lease), askedAt);
    }
    return undefined;
  }

  async renew(grant: string, progress: Progress): Promise<Renewal> {
    const askedAt = performance.now();
    return sinceAsked(await this.#scheduler.renewLease({ grant, progress: { ...progress } }), askedAt);
  }

  async saveCheckpoint(grant: string, checkpoint: Uint8Array): Promise<void> {
    await this.#scheduler.saveCheckpoint({ grant, checkpoint: Buffer.from(checkpoint) });
  }

  /** Safe to repeat. */
  async finish(grant: string, end: TaskEnd): Promise<void> {
    await this.#scheduler.finishTask({
      grant,
      outcome: OUTCOMES[end.outcome],
      progress: { ...end.progress },
      reportJson: JSON.stringify(end.report),
      snapshotId: end.snapshotId ?? '',
    });
  }

  async fail(grant: string, failure: TaskFailure): Promise<void> {
    const { code, message, canRetry, retryAfterMs } = failure;
    await this.#scheduler.failTask({ grant, errorCode: code, errorMessage: message, canRetry, retryAfterMs });
  }
}

/** What is left when the answer arrives: scheduler may have given the lease as soon as it was asked. */
function sinceAsked<Given extends { readonly leaseMs: number }>(given: Given, askedAt: number): Given {
  return { ...given, leaseMs: given.leaseMs - (performance.now() - askedAt) };
}

function leaseFrom(wire: WireLease): Lease {
  const { task } = wire;
  if (!task) throw new AppError('INTERNAL', 'Scheduler leased a task without naming it.');
  return {
    grant: wire.grant,
    leaseMs: wire.leaseMs,
    tenantId: parseTenantId(task.tenantId),
    taskId: parseTaskId(task.taskId),
    jobId: parseJobId(task.jobId),
    kind: kindFrom(task.kind),
    ...(wire.backupSetId && { backupSetId: parseBackupSetId(wire.backupSetId) }),
    ...(wire.planId && { planId: wire.planId }),
    vaultId: parseVaultId(wire.vaultId),
    resourceId: parseResourceId(task.resourceId),
    epoch: task.epoch,
    timeZone: wire.timeZone,
    jobStartedAtMs: wire.jobStartedAtMs,
    ...(wire.checkpoint.length > 0 && { checkpoint: wire.checkpoint }),
    fullCheck: wire.fullCheck,
    lane: wire.lane,
    ...(wire.termsJson && { termsJson: wire.termsJson }),
    excludedItemIds: wire.excludedItemIds,
    ...(wire.traceparent && { traceparent: wire.traceparent }),
  };
}

function kindFrom(wire: JobKind): TaskKind {
  for (const kind of Object.keys(JOB_KINDS) as TaskKind[]) if (JOB_KINDS[kind] === wire) return kind;
  throw new AppError('INTERNAL', 'Scheduler leased a task of a kind that this version does not know.');
}

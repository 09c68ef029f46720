import type { JobChanged, TaskFinished, TaskProgress, TaskReport } from '@holdfast/contracts';
import type { JobId, TenantId } from '@holdfast/kernel';

export interface JobSummary {
  readonly jobId: JobId;
  readonly state: string;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly tasksTotal: number;
  readonly resources: number;
  readonly resourcesFailed: number;
  readonly warnings: readonly string[];
  readonly report: TaskReport;
}

export interface ResourceSummary {
  readonly resourceId: string;
  readonly outcome: string;
  readonly snapshotId: string;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly report: TaskReport;
}

export interface JobEvent {
  readonly atMs: number;
  readonly severity: 'info' | 'warning' | 'error';
  readonly kind: string;
  readonly resourceId: string;
  readonly message: string;
}

export interface Activity {
  readonly state: string;
  readonly tasksTotal: number;
  readonly tasksFinished: number;
  readonly itemsDone: number;
  readonly itemsExpected: number;
  readonly bytesDone: number;
  readonly requests: number;
  readonly throttled: number;
  /** At most 50. */
  readonly runningResourceIds: readonly string[];
  readonly warnings: readonly string[];
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Where the next page begins; undefined on the last. */
  readonly next?: string;
}

export interface PageRequest {
  readonly size: number;
  readonly from?: string;
}

/** Keeps what the bus tells of jobs. Every `note` may be repeated and come in any order. */
export abstract class Reports {
  abstract noteJob(change: JobChanged): Promise<void>;
  abstract noteTask(end: TaskFinished): Promise<void>;
  abstract noteProgress(progress: TaskProgress): Promise<void>;
  /** NOT_FOUND for a job that nothing was told of. */
  abstract job(tenant: TenantId, job: JobId): Promise<JobSummary>;
  abstract resources(tenant: TenantId, job: JobId, page: PageRequest): Promise<Page<ResourceSummary>>;
  /** In the order told. */
  abstract events(
    tenant: TenantId,
    job: JobId,
    severity: string | undefined,
    page: PageRequest,
  ): Promise<Page<JobEvent>>;
  abstract activity(tenant: TenantId, job: JobId): Promise<Activity>;
}

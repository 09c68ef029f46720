import { parseJobId, parseResourceId, parseTaskId, parseTenantId } from '@holdfast/kernel';
import { z } from 'zod';
import { defineEvent } from '../define-event.js';
import { JOB_KINDS } from '../job-kinds.js';
import { taskReport } from '../task-report.js';

const tenantId = z.uuid().transform(parseTenantId);
const jobId = z.uuid().transform(parseJobId);
const taskId = z.uuid().transform(parseTaskId);
const resourceId = z.string().transform(parseResourceId);
const count = z.int().min(0);

/** A job began, changed its state or ended. From scheduler's outbox; in order for each job by `revision`. */
export const jobChanged = defineEvent({
  name: 'job.changed.v1',
  kind: 'notice',
  subject: 'event.{tenantId}.job-changed',
  from: 'scheduler',
  to: 'reporting',
  ackWaitMs: 30_000,
  schema: z.object({
    tenantId,
    jobId,
    jobKind: z.enum(JOB_KINDS),
    state: z.enum([
      'running',
      'stopping',
      'completed',
      'completed-with-warnings',
      'completed-with-errors',
      'stopped',
      'failed',
    ]),
    revision: count,
    tasksTotal: count,
    startedAtMs: count,
    finishedAtMs: count,
    warnings: z.array(z.string()),
    atMs: count,
  }),
});
export type JobChanged = z.infer<typeof jobChanged.schema>;

/** A task ended, with its report. From scheduler's outbox, once for each task and outcome. */
export const taskFinished = defineEvent({
  name: 'task.finished.v1',
  kind: 'notice',
  subject: 'event.{tenantId}.task-finished',
  from: 'scheduler',
  to: 'reporting',
  ackWaitMs: 30_000,
  schema: z.object({
    tenantId,
    jobId,
    taskId,
    resourceId,
    outcome: z.enum(['completed', 'completed-with-warnings', 'incomplete', 'stopped', 'failed']),
    snapshotId: z.string(),
    errorCode: z.string(),
    errorMessage: z.string(),
    report: taskReport,
    atMs: count,
  }),
});
export type TaskFinished = z.infer<typeof taskFinished.schema>;

/** How far a running task is. From scheduler with each renewed lease; a lost one harms nothing. */
export const taskProgress = defineEvent({
  name: 'task.progress.v1',
  kind: 'notice',
  subject: 'event.{tenantId}.task-progress',
  from: 'scheduler',
  to: 'reporting',
  ackWaitMs: 30_000,
  schema: z.object({
    tenantId,
    jobId,
    taskId,
    resourceId,
    state: z.enum(['leased', 'running', 'retrying']),
    itemsDone: count,
    itemsExpected: count,
    bytesDone: count,
    requests: count,
    throttled: count,
    atMs: count,
  }),
});
export type TaskProgress = z.infer<typeof taskProgress.schema>;

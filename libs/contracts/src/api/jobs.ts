import { z } from 'zod';
import { JOB_KINDS } from '../job-kinds.js';
import { atMs, count, pageQuery, snapshotId, taskResourceId, uuid } from './parts.js';

export const jobState = z.enum([
  'running',
  'stopping',
  'completed',
  'completed-with-warnings',
  'completed-with-errors',
  'stopped',
  'failed',
]);
export type JobState = z.infer<typeof jobState>;

export const taskState = z.enum([
  'ready',
  'leased',
  'completed',
  'completed-with-warnings',
  'incomplete',
  'stopped',
  'failed',
]);
export type TaskState = z.infer<typeof taskState>;

export const newBackup = z.strictObject({
  fullCheck: z.boolean().default(false).describe('Enumerates everything and compares, whatever the cursors say'),
});

export const jobQuery = pageQuery(200).extend({ backupSetId: uuid.optional() });

export const jobView = z
  .object({
    jobId: uuid,
    kind: z.enum(JOB_KINDS),
    state: jobState,
    backupSetId: uuid.optional(),
    planId: uuid.optional(),
    vaultId: uuid,
    afterJobId: uuid.optional().describe('The backup after which the job was started by itself'),
    startedAtMs: atMs,
    finishedAtMs: atMs.optional(),
    tasksTotal: count,
    tasksFinished: count,
    warnings: z.array(z.string()),
  })
  .meta({ id: 'Job' });
export type JobView = z.infer<typeof jobView>;

export const taskView = z
  .object({
    taskId: uuid,
    jobId: uuid,
    resourceId: taskResourceId,
    state: taskState,
    attempts: count,
    progress: z.object({
      itemsDone: count,
      itemsExpected: count.optional(),
      bytesDone: count,
      requests: count,
      throttled: count,
    }),
    lastErrorCode: z.string().optional(),
    lastErrorMessage: z.string().optional(),
    startedAtMs: atMs.optional(),
    finishedAtMs: atMs.optional(),
  })
  .meta({ id: 'Task' });
export type TaskView = z.infer<typeof taskView>;

const tally = z.object({ items: count, originalBytes: count }).meta({ id: 'Tally' });

const counts = z.object({
  newItems: tally,
  updated: tally,
  attributesChanged: tally,
  moved: tally,
  deleted: tally,
  unchanged: tally,
  skipped: tally,
  owed: tally.describe('Failed this time; read first by the next job'),
  skippedByCause: z.array(z.object({ cause: z.string(), items: count })),
  originalBytes: count.describe('Bytes read from Microsoft for content'),
  newBytes: count.describe('Bytes of new chunks before compression and sealing'),
  storedBytes: count.describe('Bytes of new chunks as stored'),
  deduplicatedBytes: count.describe('Bytes that were in the vault already'),
  requests: count,
  resourceUnits: count,
  throttled: count,
  unexplained: count.describe("Folders whose count differs from the service's without an explanation"),
});

export const jobReportView = z
  .object({
    jobId: uuid,
    state: z.string(),
    startedAtMs: atMs,
    finishedAtMs: atMs.optional(),
    ...counts.shape,
    resources: count,
    resourcesFailed: count,
    warnings: z
      .array(z.string())
      .describe('What the job was told of and could go on with, such as locks that could not be extended'),
    housekeeping: z
      .array(z.object({ cause: z.string(), items: count }))
      .describe('What a job that keeps a vault in order did'),
    destinations: z
      .array(z.object({ destinationId: uuid, counts: z.array(z.object({ cause: z.string(), items: count })) }))
      .describe('The same by destination, where it differs between them: what a rebuild took from which'),
  })
  .meta({ id: 'JobReport' });
export type JobReportView = z.infer<typeof jobReportView>;

export const resourceReportView = z
  .object({
    resourceId: taskResourceId,
    outcome: z.string(),
    snapshotId: snapshotId.optional(),
    errorCode: z.string().optional(),
    errorMessage: z.string().optional(),
    counts,
  })
  .meta({ id: 'ResourceReport' });
export type ResourceReportView = z.infer<typeof resourceReportView>;

export const eventQuery = pageQuery(500).extend({
  severity: z.enum(['info', 'warning', 'error'], { error: 'has to be info, warning or error' }).optional(),
});

export const jobEventView = z
  .object({
    atMs,
    severity: z.string(),
    kind: z.string(),
    resourceId: taskResourceId.optional(),
    message: z.string(),
  })
  .meta({ id: 'JobEvent' });
export type JobEventView = z.infer<typeof jobEventView>;

/** One event of the live watch. */
export const jobActivityView = z
  .object({
    jobId: uuid,
    state: z.string(),
    tasksTotal: count,
    tasksFinished: count,
    itemsDone: count,
    itemsExpected: count.optional(),
    bytesDone: count,
    requests: count,
    throttled: count,
    runningResourceIds: z.array(taskResourceId).describe('At most 50'),
    warnings: z.array(z.string()).describe('So far, those that came while it ran among them'),
    atMs,
  })
  .meta({ id: 'JobActivity' });
export type JobActivityView = z.infer<typeof jobActivityView>;

/** What became of one item that is not simply stored. */
export const logRowView = z
  .object({
    itemId: z.string(),
    outcome: z.string().describe('skipped, owed, vanished or unexplained'),
    cause: z.string(),
    path: z.string(),
    atMs,
  })
  .meta({ id: 'LogRow' });
export type LogRowView = z.infer<typeof logRowView>;

import {
  parseBackupSetId,
  parseDeletionId,
  parseJobId,
  parseLegalHoldId,
  parseResourceId,
  parseTaskId,
} from '@holdfast/kernel';
import { z } from 'zod';
import { JOB_KINDS } from './job-kinds.js';
import { LANES } from './events/task-ready.js';
import { retentionPolicy, retentionRuns } from './retention.js';
import { taskReport } from './task-report.js';

const count = z.int().min(0);
/** Milliseconds since the epoch. */
const at = count;

const text = z.string();

/** A legal hold that stands; `subject` is the id of the set, Microsoft's of the account, or that of the resource. */
const standingHold = z.object({
  holdId: z.uuid().transform(parseLegalHoldId),
  kind: z.enum(['set', 'account', 'resource']),
  subject: text,
  reason: text,
  placedBy: text,
  placedAtMs: at,
});

/** Snapshots of one resource that a deletion removed: places in the chain, and starts of the backup jobs that made them. */
const removedResource = z.object({
  resourceId: z.string().transform(parseResourceId),
  snapshots: count,
  firstNumber: count,
  lastNumber: count,
  firstJobStartedAtMs: at,
  lastJobStartedAtMs: at,
});

/** A deletion of what the set has stored of an account, a resource, or items of one (`subject` is the resource), approved by these, in their order. */
const approvedDeletion = z.object({
  deletionId: z.uuid().transform(parseDeletionId),
  kind: z.enum(['account', 'resource', 'items']),
  subject: text,
  itemIds: z.array(text).optional(),
  reason: text,
  requestedBy: text,
  requestedAtMs: at,
  approvals: z.array(z.object({ by: text, atMs: at })),
  /** Absent before all of it was removed. */
  removed: z.object({ atMs: at, resources: z.array(removedResource) }).optional(),
});

/** What a backup set is, as its vault keeps it beside the data (docs/format/v1.md#backup-sets-and-jobs). */
export const setDefinition = z.object({
  displayName: z.string(),
  source: z.object({
    allAccounts: z.boolean(),
    accountIds: z.array(z.string()),
    workloads: z.array(z.enum(['mail', 'drive'])),
    skipUnlicensed: z.boolean(),
  }),
  timeZone: z.string(),
  retention: retentionPolicy,
  createdAtMs: at,
  // These are absent in what earlier versions kept.
  retentionRuns: retentionRuns.default('on-request'),
  holds: z.array(standingHold).default([]),
  deletions: z.array(approvedDeletion).default([]),
});
export type SetDefinition = z.infer<typeof setDefinition>;

/** What one task of a job came to. */
export const taskHistory = z.object({
  taskId: z.uuid().transform(parseTaskId),
  resourceId: z.string().transform(parseResourceId),
  outcome: z.enum(['completed', 'completed-with-warnings', 'incomplete', 'stopped', 'failed']),
  lane: z.enum(LANES),
  epoch: count,
  attempts: count,
  progress: z.object({
    itemsDone: count,
    itemsExpected: count,
    bytesDone: count,
    requests: count,
    throttled: count,
  }),
  snapshotId: z.string(),
  errorCode: z.string(),
  errorMessage: z.string(),
  startedAtMs: at.optional(),
  finishedAtMs: at.optional(),
  report: taskReport,
});
export type TaskHistory = z.infer<typeof taskHistory>;

/** A job that has ended, with some of its tasks or all of them. Counts, ids and causes; no names, no content. */
export const jobHistory = z.object({
  kind: z.enum(JOB_KINDS),
  state: z.enum(['completed', 'completed-with-warnings', 'completed-with-errors', 'stopped', 'failed']),
  backupSetId: z.uuid().transform(parseBackupSetId).optional(),
  planId: z.string().optional(),
  /** The backup that the job followed by itself. */
  afterJobId: z.uuid().transform(parseJobId).optional(),
  timeZone: z.string(),
  fullCheck: z.boolean(),
  dryRun: z.boolean(),
  startedAtMs: at,
  finishedAtMs: at,
  warnings: z.array(z.string()),
  /** Of the whole job. */
  tasksTotal: count,
  tasks: z.array(taskHistory),
});
export type JobHistory = z.infer<typeof jobHistory>;

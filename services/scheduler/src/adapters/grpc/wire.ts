import {
  JobKind as WireJobKind,
  JobState as WireJobState,
  TaskState as WireTaskState,
  type BackupSet as WireBackupSet,
  type Job as WireJob,
  type SourceSelection as WireSelection,
  type Task as WireTask,
} from '@holdfast/contracts/scheduler/v1';
import {
  checkTerms,
  JOB_KINDS as KINDS,
  retentionPolicy,
  retentionRuns,
  type CheckTerms,
  type RetentionRuns,
  type WireRetentionPolicy,
} from '@holdfast/contracts';
import { AppError, WORKLOADS, type Workload } from '@holdfast/kernel';
import type { BackupSet } from '../../app/backup-sets.port.js';
import type { Job, PageRequest, Task } from '../../app/jobs.port.js';
import type { JobKind } from '../../domain/job-kind.js';
import type { JobState, TaskState } from '../../domain/job-outcome.js';
import type { SourceSelection } from '../../domain/selection.js';

const MOST_TEXT = 500;

const JOB_KINDS: Record<JobKind, WireJobKind> = {
  backup: WireJobKind.JOB_KIND_BACKUP,
  restore: WireJobKind.JOB_KIND_RESTORE,
  retention: WireJobKind.JOB_KIND_RETENTION,
  freeing: WireJobKind.JOB_KIND_FREEING,
  rebuild: WireJobKind.JOB_KIND_REBUILD,
  check: WireJobKind.JOB_KIND_CHECK,
  deletion: WireJobKind.JOB_KIND_DELETION,
  rewriting: WireJobKind.JOB_KIND_REWRITING,
};

const JOB_STATES: Record<JobState, WireJobState> = {
  running: WireJobState.JOB_STATE_RUNNING,
  stopping: WireJobState.JOB_STATE_STOPPING,
  completed: WireJobState.JOB_STATE_COMPLETED,
  'completed-with-warnings': WireJobState.JOB_STATE_COMPLETED_WITH_WARNINGS,
  'completed-with-errors': WireJobState.JOB_STATE_COMPLETED_WITH_ERRORS,
  stopped: WireJobState.JOB_STATE_STOPPED,
  failed: WireJobState.JOB_STATE_FAILED,
};

const TASK_STATES: Record<TaskState, WireTaskState> = {
  ready: WireTaskState.TASK_STATE_READY,
  leased: WireTaskState.TASK_STATE_LEASED,
  completed: WireTaskState.TASK_STATE_COMPLETED,
  'completed-with-warnings': WireTaskState.TASK_STATE_COMPLETED_WITH_WARNINGS,
  incomplete: WireTaskState.TASK_STATE_INCOMPLETE,
  stopped: WireTaskState.TASK_STATE_STOPPED,
  failed: WireTaskState.TASK_STATE_FAILED,
};

export const wireJobState = (state: JobState): WireJobState => JOB_STATES[state];

export function jobKindFrom(wire: WireJobKind): JobKind {
  for (const kind of KINDS) if (JOB_KINDS[kind] === wire) return kind;
  throw invalid('kind', `one of ${KINDS.join(', ')}`);
}

/** The end that a worker reports; failing has a call of its own. */
export function outcomeFrom(wire: WireTaskState): 'completed' | 'completed-with-warnings' | 'incomplete' | 'stopped' {
  for (const outcome of ['completed', 'completed-with-warnings', 'incomplete', 'stopped'] as const)
    if (TASK_STATES[outcome] === wire) return outcome;
  throw invalid('outcome', 'completed, completed with warnings, incomplete or stopped');
}

export function selectionFrom(wire: WireSelection | undefined): SourceSelection {
  if (!wire) throw invalid('source', 'given');
  const workloads = wire.workloads.map(workloadFrom);
  if (workloads.length === 0) throw invalid('source.workloads', 'at least one of mail, drive');
  if (!wire.allAccounts && wire.accountIds.length === 0)
    throw invalid('source.accountIds', 'at least one account, unless all accounts are chosen');
  return {
    allAccounts: wire.allAccounts,
    accountIds: new Set(wire.accountIds),
    workloads: [...new Set(workloads)],
    skipUnlicensed: wire.skipUnlicensed,
  };
}

function workloadFrom(text: string): Workload {
  const known = WORKLOADS.find((workload) => workload === text);
  if (!known) throw invalid('source.workloads', `of ${WORKLOADS.join(', ')}`);
  return known;
}

/** A retention policy; empty keeps everything. */
export function retentionFrom(json: string): WireRetentionPolicy {
  const read = retentionPolicy.safeParse(json === '' ? {} : parsed('retention', json));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw invalid(
    ['retention', ...(issue?.path ?? [])].join('.'),
    (issue?.message ?? 'valid').replace(/^has to be /, ''),
  );
}

/** When retention runs; undefined where nothing is said. */
export function retentionRunsFrom(text: string): RetentionRuns | undefined {
  if (text === '') return undefined;
  const read = retentionRuns.safeParse(text);
  if (read.success) return read.data;
  throw invalid('retentionRuns', 'after-each-backup or on-request');
}

export function checkTermsFrom(json: string): CheckTerms {
  const read = checkTerms.safeParse(parsed('terms', json));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw invalid(issue?.path.join('.') ?? 'terms', (issue?.message ?? 'valid').replace(/^has to be /, ''));
}

function parsed(field: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw invalid(field, 'JSON');
  }
}

/** An IANA time zone; empty means UTC. */
export function timeZoneFrom(text: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text || 'UTC' }).resolvedOptions().timeZone;
  } catch {
    throw invalid('timeZone', 'an IANA name such as Europe/Vienna');
  }
}

export function nameFrom(text: string): string {
  const name = text.trim();
  if (name.length === 0 || name.length > 200) throw invalid('displayName', '1 to 200 characters');
  return name;
}

/** What a person wrote, or the id of one. */
export function textFrom(field: string, given: string): string {
  const text = given.trim();
  if (text.length === 0 || text.length > MOST_TEXT) throw invalid(field, `1 to ${MOST_TEXT} characters`);
  return text;
}

export function pageFrom({ pageSize, pageToken }: { pageSize: number; pageToken: string }): PageRequest {
  if (pageSize < 0 || pageSize > 200) throw invalid('pageSize', '1 to 200');
  return { size: pageSize || 50, ...(pageToken && { from: pageToken }) };
}

export function wireBackupSet(set: BackupSet): WireBackupSet {
  return {
    tenantId: set.tenantId,
    backupSetId: set.backupSetId,
    displayName: set.displayName,
    source: { ...set.source, accountIds: [...set.source.accountIds], workloads: [...set.source.workloads] },
    vaultId: set.vaultId,
    timeZone: set.timeZone,
    version: set.version,
    createdAtMs: set.createdAtMs,
    retentionJson: JSON.stringify(set.retention),
    retentionRuns: set.retentionRuns,
    lastJobAtMs: set.lastJob?.startedAtMs ?? 0,
    lastJobState: set.lastJob ? JOB_STATES[set.lastJob.state] : WireJobState.JOB_STATE_UNSPECIFIED,
  };
}

export function wireJob(job: Job): WireJob {
  return {
    tenantId: job.tenantId,
    jobId: job.jobId,
    kind: JOB_KINDS[job.kind],
    state: JOB_STATES[job.state],
    backupSetId: job.backupSetId ?? '',
    planId: job.planId ?? '',
    vaultId: job.vaultId,
    startedAtMs: job.startedAtMs,
    finishedAtMs: job.finishedAtMs ?? 0,
    tasksTotal: job.tasksTotal,
    tasksFinished: job.tasksFinished,
    warnings: [...job.warnings],
    afterJobId: job.afterJobId ?? '',
  };
}

export function wireTask(task: Task): WireTask {
  return {
    tenantId: task.tenantId,
    taskId: task.taskId,
    jobId: task.jobId,
    kind: JOB_KINDS[task.kind],
    resourceId: task.resourceId,
    state: TASK_STATES[task.state],
    attempts: task.attempts,
    epoch: task.epoch,
    progress: { ...task.progress },
    lastErrorCode: task.lastErrorCode,
    lastErrorMessage: task.lastErrorMessage,
    startedAtMs: task.startedAtMs ?? 0,
    finishedAtMs: task.finishedAtMs ?? 0,
  };
}

function invalid(field: string, rule: string): AppError {
  return new AppError('INVALID_ARGUMENT', `${field} has to be ${rule}.`, { context: { field, rule } });
}

import {
  parseBackupSetId,
  parseJobId,
  parseResourceId,
  parseTaskId,
  parseTenantId,
  parseVaultId,
} from '@holdfast/kernel';
import type { Selectable } from 'kysely';
import type { Job, Progress, Task } from '../../app/jobs.port.js';
import type { JobRow, TaskRow } from './schema.js';

export interface TaskTotals {
  readonly total: number;
  readonly finished: number;
}

export function jobFrom(row: Selectable<JobRow>, totals: TaskTotals): Job {
  return {
    tenantId: parseTenantId(row.tenant_id),
    jobId: parseJobId(row.job_id),
    kind: row.kind,
    state: row.state,
    ...(row.backup_set_id && { backupSetId: parseBackupSetId(row.backup_set_id) }),
    ...(row.plan_id && { planId: row.plan_id }),
    ...(row.after_job_id && { afterJobId: parseJobId(row.after_job_id) }),
    vaultId: parseVaultId(row.vault_id),
    timeZone: row.time_zone,
    fullCheck: row.full_check,
    dryRun: row.dry_run,
    ...(row.terms && { termsJson: JSON.stringify(row.terms) }),
    startedAtMs: row.started_at.getTime(),
    ...(row.finished_at && { finishedAtMs: row.finished_at.getTime() }),
    tasksTotal: totals.total,
    tasksFinished: totals.finished,
    warnings: row.warnings,
  };
}

export function taskFrom(row: Selectable<TaskRow>): Task {
  return {
    tenantId: parseTenantId(row.tenant_id),
    taskId: parseTaskId(row.task_id),
    jobId: parseJobId(row.job_id),
    kind: row.kind,
    resourceId: parseResourceId(row.resource_id),
    state: row.state,
    attempts: row.attempts,
    freshStarts: row.fresh_starts,
    epoch: row.epoch,
    progress: progressFrom(row.progress),
    lastErrorCode: row.last_error_code,
    lastErrorMessage: row.last_error_message,
    ...(row.started_at && { startedAtMs: row.started_at.getTime() }),
    ...(row.finished_at && { finishedAtMs: row.finished_at.getTime() }),
  };
}

export function progressFrom(stored: Partial<Record<string, number>>): Progress {
  return {
    itemsDone: stored['itemsDone'] ?? 0,
    itemsExpected: stored['itemsExpected'] ?? 0,
    bytesDone: stored['bytesDone'] ?? 0,
    requests: stored['requests'] ?? 0,
    throttled: stored['throttled'] ?? 0,
    requestMs: stored['requestMs'] ?? 0,
  };
}

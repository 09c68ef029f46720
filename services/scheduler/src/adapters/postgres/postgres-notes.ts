import { emptyTaskReport, type JobHistory, type TaskHistory } from '@holdfast/contracts';
import {
  AppError,
  parseBackupSetId,
  parseJobId,
  parseTenantId,
  parseVaultId,
  type BackupSetId,
  type JobId,
  type TenantId,
} from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql, type Selectable } from 'kysely';
import { Notes, type DueNote, type JobPart, type SetVersion } from '../../app/notes.port.js';
import { isEnded, type JobState, type TaskState } from '../../domain/job-outcome.js';
import { progressFrom, taskFrom } from './rows.js';
import { standingOn } from './standing-on-set.js';
import type { JobRow, NoteDueRow, SchedulerSchema, SchedulerSweep, TaskRow } from './schema.js';

/** Tasks in one part of a job's history: some hundred kilobytes. */
const TASKS_A_PART = 500;

@Injectable()
export class PostgresNotes extends Notes {
  constructor(private readonly database: Database<SchedulerSchema, SchedulerSweep>) {
    super();
  }

  override async takeDue(limit: number): Promise<readonly DueNote[]> {
    const { rows } = await this.database.acrossTenants('notes-due', (tx) =>
      sql<Selectable<NoteDueRow>>`
        update notes_due set attempts = attempts + 1,
          not_before = now() + least(interval '1 hour', interval '15 seconds' * 2 ^ least(attempts, 10))
        where (kind, id) in (
          select kind, id from notes_due where not_before <= now() order by not_before limit ${limit} for update skip locked
        )
        returning *`.execute(tx),
    );
    return rows.map(dueFrom);
  }

  override set(tenant: TenantId, set: BackupSetId): Promise<SetVersion | undefined> {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await tx
        .selectFrom('backup_sets')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('backup_set_id', '=', set)
        .executeTakeFirst();
      if (!row) return undefined;
      const { version, display_name, source, time_zone, retention, retention_runs, created_at } = row;
      const { allAccounts, accountIds, workloads, skipUnlicensed } = source;
      return {
        version,
        definition: {
          displayName: display_name,
          source: { allAccounts, accountIds: [...accountIds], workloads: [...workloads], skipUnlicensed },
          timeZone: time_zone,
          retention,
          retentionRuns: retention_runs,
          createdAtMs: created_at.getTime(),
          ...(await standingOn(tx, tenant, set)),
        },
      };
    });
  }

  override async *jobParts(tenant: TenantId, job: JobId): AsyncGenerator<JobPart> {
    const { row, total } = await this.#job(tenant, job);
    const parts = Math.max(1, Math.ceil(total / TASKS_A_PART));
    for (let part = 0, after = ''; part < parts; part += 1) {
      const tasks = await this.#tasks(tenant, job, after);
      yield { part, parts, history: { ...historyOf(row), tasksTotal: total, tasks: tasks.map(taskHistoryOf) } };
      after = tasks.at(-1)?.resource_id ?? after;
    }
  }

  override async done(note: DueNote): Promise<void> {
    await this.database.inTenant(note.tenantId, (tx) =>
      tx
        .deleteFrom('notes_due')
        .where('tenant_id', '=', note.tenantId)
        .where('kind', '=', note.kind)
        .where('id', '=', note.kind === 'set' ? note.backupSetId : note.jobId)
        .where('asked', '=', note.asked)
        .execute(),
    );
  }

  #job(tenant: TenantId, job: JobId) {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await tx
        .selectFrom('jobs')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('job_id', '=', job)
        .executeTakeFirst();
      if (!row) throw new AppError('NOT_FOUND', `There is no job ${job}.`, { context: { jobId: job } });
      const { total } = await tx
        .selectFrom('tasks')
        .select(sql<number>`count(*)`.as('total'))
        .where('tenant_id', '=', tenant)
        .where('job_id', '=', job)
        .executeTakeFirstOrThrow();
      return { row, total };
    });
  }

  #tasks(tenant: TenantId, job: JobId, after: string): Promise<readonly Selectable<TaskRow>[]> {
    return this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('tasks')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('job_id', '=', job)
        .where('resource_id', '>', after)
        .orderBy('resource_id')
        .limit(TASKS_A_PART)
        .execute(),
    );
  }
}

function dueFrom(row: Selectable<NoteDueRow>): DueNote {
  const due = { tenantId: parseTenantId(row.tenant_id), vaultId: parseVaultId(row.vault_id), asked: row.asked };
  if (row.kind === 'job') return { ...due, kind: 'job', jobId: parseJobId(row.id) };
  const deletedVersion = row.deleted_version ?? undefined;
  return { ...due, kind: 'set', backupSetId: parseBackupSetId(row.id), deletedVersion };
}

function historyOf(row: Selectable<JobRow>): Omit<JobHistory, 'tasks' | 'tasksTotal'> {
  return {
    kind: row.kind,
    state: endOfJob(row.state),
    ...(row.backup_set_id && { backupSetId: parseBackupSetId(row.backup_set_id) }),
    ...(row.plan_id && { planId: row.plan_id }),
    ...(row.after_job_id && { afterJobId: parseJobId(row.after_job_id) }),
    timeZone: row.time_zone,
    fullCheck: row.full_check,
    dryRun: row.dry_run,
    startedAtMs: row.started_at.getTime(),
    finishedAtMs: row.finished_at?.getTime() ?? row.started_at.getTime(),
    warnings: row.warnings,
  };
}

function taskHistoryOf(row: Selectable<TaskRow>): TaskHistory {
  const { taskId, resourceId, state, epoch, attempts, lastErrorCode, lastErrorMessage, ...task } = taskFrom(row);
  return {
    taskId,
    resourceId,
    outcome: endOfTask(state),
    lane: row.lane,
    epoch,
    attempts,
    progress: progressFrom(row.progress),
    snapshotId: row.snapshot_id,
    errorCode: lastErrorCode,
    errorMessage: lastErrorMessage,
    ...(task.startedAtMs !== undefined && { startedAtMs: task.startedAtMs }),
    ...(task.finishedAtMs !== undefined && { finishedAtMs: task.finishedAtMs }),
    report: row.report ?? emptyTaskReport,
  };
}

/** A job is told of when it has ended; its tasks that never began were stopped with it. */
function endOfTask(state: TaskState): TaskHistory['outcome'] {
  return state === 'ready' || state === 'leased' ? 'stopped' : state;
}

function endOfJob(state: JobState): JobHistory['state'] {
  if (state === 'running' || state === 'stopping' || !isEnded(state))
    throw new AppError('INTERNAL', 'A job that has not ended was to be kept as history.');
  return state;
}

import { jobChanged, taskFinished, type JobHistory, type TaskHistory } from '@holdfast/contracts';
import { type JobId, type TenantId, type VaultId } from '@holdfast/kernel';
import { addToOutbox, Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import { History, type ReturningJob, type ReturningSet } from '../../app/history.port.js';
import { noteDue } from './note-due.js';
import type { SchedulerSchema, SchedulerSweep } from './schema.js';
import { takeBackStanding } from './standing-on-set.js';

type Tx = Transaction<SchedulerSchema>;

@Injectable()
export class PostgresHistory extends History {
  constructor(private readonly database: Database<SchedulerSchema, SchedulerSweep>) {
    super();
  }

  override takeBackSet(tenant: TenantId, vault: VaultId, set: ReturningSet): Promise<boolean> {
    const { backupSetId, version, definition } = set;
    return this.database.inTenant(tenant, async (tx) => {
      const row = await tx
        .insertInto('backup_sets')
        .values({
          tenant_id: tenant,
          backup_set_id: backupSetId,
          vault_id: vault,
          display_name: definition.displayName,
          source: JSON.stringify(definition.source),
          time_zone: definition.timeZone,
          retention: JSON.stringify(definition.retention),
          // A legal hold of the last seconds may be missing: nothing goes before somebody has looked.
          retention_runs: 'on-request',
          version,
          created_at: new Date(definition.createdAtMs),
        })
        .onConflict((conflict) => conflict.doNothing())
        .returning('backup_set_id')
        .executeTakeFirst();
      if (!row) return false;
      await takeBackStanding(tx, { tenant, vault, set: backupSetId }, definition);
      await noteDue(tx, { tenantId: tenant, vaultId: vault, kind: 'set', id: backupSetId });
      return true;
    });
  }

  override takeBackJob(tenant: TenantId, vault: VaultId, { jobId, history }: ReturningJob): Promise<boolean> {
    return this.database.inTenant(tenant, async (tx) => {
      const isNew = await this.#insertJob(tx, { tenant, vault, jobId }, history);
      for (const task of history.tasks) await this.#insertTask(tx, { tenant, jobId }, history, task);
      return isNew;
    });
  }

  async #insertJob(
    tx: Tx,
    { tenant, vault, jobId }: { readonly tenant: TenantId; readonly vault: VaultId; readonly jobId: JobId },
    history: JobHistory,
  ): Promise<boolean> {
    const { startedAtMs, finishedAtMs, warnings, tasksTotal } = history;
    const row = await tx
      .insertInto('jobs')
      .values({
        tenant_id: tenant,
        job_id: jobId,
        kind: history.kind,
        state: history.state,
        backup_set_id: history.backupSetId ?? null,
        plan_id: history.planId ?? null,
        after_job_id: history.afterJobId ?? null,
        vault_id: vault,
        time_zone: history.timeZone,
        full_check: history.fullCheck,
        dry_run: history.dryRun,
        is_open: false,
        warnings: JSON.stringify(warnings),
        started_at: new Date(startedAtMs),
        finished_at: new Date(finishedAtMs),
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('revision')
      .executeTakeFirst();
    if (!row) return false;
    const { kind: jobKind, state } = history;
    const of = { tenantId: tenant, jobId, jobKind, state, revision: row.revision, tasksTotal };
    await addToOutbox(tx, jobChanged, { ...of, startedAtMs, finishedAtMs, warnings, atMs: finishedAtMs });
    return true;
  }

  async #insertTask(
    tx: Tx,
    { tenant, jobId }: { readonly tenant: TenantId; readonly jobId: JobId },
    job: JobHistory,
    task: TaskHistory,
  ): Promise<void> {
    const { taskId, resourceId, outcome, report, snapshotId, errorCode, errorMessage } = task;
    const row = await tx
      .insertInto('tasks')
      .values({
        tenant_id: tenant,
        task_id: taskId,
        job_id: jobId,
        kind: job.kind,
        resource_id: resourceId,
        lane: task.lane,
        state: outcome,
        epoch: task.epoch,
        attempts: task.attempts,
        progress: JSON.stringify(task.progress),
        report: JSON.stringify(report),
        snapshot_id: snapshotId,
        last_error_code: errorCode,
        last_error_message: errorMessage,
        started_at: task.startedAtMs === undefined ? null : new Date(task.startedAtMs),
        finished_at: task.finishedAtMs === undefined ? null : new Date(task.finishedAtMs),
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('task_id')
      .executeTakeFirst();
    if (!row) return;
    const told = { outcome, snapshotId, errorCode, errorMessage, report, atMs: task.finishedAtMs ?? job.finishedAtMs };
    await addToOutbox(tx, taskFinished, { tenantId: tenant, jobId, taskId, resourceId, ...told });
  }
}

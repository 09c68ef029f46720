import { taskProgress } from '@holdfast/contracts';
import {
  AppError,
  Clock,
  parseBackupSetId,
  parseJobId,
  parseTenantId,
  parseVaultId,
  type TaskId,
  type TenantId,
} from '@holdfast/kernel';
import { Database, addToOutbox, count } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql, type Selectable, type Transaction } from 'kysely';
import type { Progress, Task } from '../../app/jobs.port.js';
import type { JobKind } from '../../domain/job-kind.js';
import { Tasks, type Holding, type LeasedTask, type NextAttempt, type TaskEnd } from '../../app/tasks.port.js';
import { MAX_LAPSES } from '../../domain/retry.js';
import { ring } from './doorbell.js';
import { countEndOf } from './count-end-of.js';
import { endJobIfDone, lockJob } from './job-ending.js';
import { taskFrom } from './rows.js';
import type { SchedulerSchema, TaskRow, SchedulerSweep } from './schema.js';
import { STOPPED, tellOfEnd } from './tell-of-end.js';

type Tx = Transaction<SchedulerSchema>;

const fromNow = (ms: number) => sql<Date>`now() + ${ms} * interval '1 millisecond'`;
const hasLapsed = sql<boolean>`(state = 'leased' and lease_expires_at < now())`;
const isToStop = sql<boolean>`exists (
  select 1 from jobs where jobs.job_id = tasks.job_id and jobs.state <> 'running')`;
/** Two restores into one mailbox or drive would each make what the other has not made yet. */
const isAlone = sql<boolean>`(tasks.kind <> 'restore' or not exists (
  select 1 from tasks other
  where other.tenant_id = tasks.tenant_id and other.resource_id = tasks.resource_id and other.kind = 'restore'
    and other.state = 'leased' and other.lease_expires_at >= now() and other.task_id <> tasks.task_id))`;
/** Ready and due, or held by somebody whose lease has run out, unless that happens again and again. */
const mayBeLeased = sql<boolean>`((state = 'ready' and not_before <= now()) or (${hasLapsed} and lapses < ${sql.lit(MAX_LAPSES)})) and ${isAlone}`;
/** When the task's wait for a worker began. */
const waitsFrom = sql`case when state = 'leased' then lease_expires_at else not_before end`;
/**
 * Nothing was rung since the wait began, or as much time has passed since as before: a doorbell that was just rung is still on its way,
 * and while all workers are busy a bell at each look would fill the bus. Workers look by themselves, so a lost one costs no more than that.
 */
const isUnheard = sql<boolean>`(rung_at < ${waitsFrom}
  or now() - rung_at > greatest(interval '15 seconds', rung_at - ${waitsFrom}))`;

@Injectable()
export class PostgresTasks extends Tasks {
  constructor(
    private readonly database: Database<SchedulerSchema, SchedulerSweep>,
    private readonly clock: Clock,
  ) {
    super();
  }

  override get(tenant: TenantId, task: TaskId): Promise<Task> {
    return this.database.inTenant(tenant, async (tx) => taskFrom(await this.#locked(tx, tenant, task)));
  }

  override lease(tenant: TenantId, task: TaskId, worker: string, leaseMs: number): Promise<LeasedTask | undefined> {
    return this.database.inTenant(tenant, async (tx) => {
      await holdTarget(tx, tenant, task);
      const row = await tx
        .updateTable('tasks')
        .set({
          state: 'leased',
          worker,
          epoch: sql<number>`nextval('epochs')`,
          attempts: sql<number>`attempts + 1`,
          lapses: sql<number>`case when state = 'leased' then lapses + 1 else lapses end`,
          lease_expires_at: fromNow(leaseMs),
          started_at: sql<Date>`coalesce(started_at, now())`,
        })
        .where('tenant_id', '=', tenant)
        .where('task_id', '=', task)
        .where(mayBeLeased)
        .returningAll()
        .executeTakeFirst();
      if (!row) return undefined;
      // A task that waits has none: they are counted from the lease that was taken over.
      if (row.lapses > 0) count('holdfast.task.lapses', 1, { kind: row.kind });
      await this.#tellProgress(tx, row, row.attempts > 1 ? 'retrying' : 'leased');
      return this.#leased(tx, row);
    });
  }

  override async leaseNext(
    kind: JobKind,
    tenants: readonly TenantId[],
    worker: string,
    leaseMs: number,
  ): Promise<LeasedTask | undefined> {
    const next = await this.database.acrossTenants('next-task', (tx) =>
      tx
        .selectFrom('tasks')
        .select(['tenant_id', 'task_id'])
        .where('kind', '=', kind)
        .where(mayBeLeased)
        .$if(tenants.length > 0, (query) => query.where('tenant_id', 'in', tenants))
        .orderBy(sql`array_position(array['restore', 'increment', 'first-full'], lane)`)
        .orderBy('not_before')
        .limit(1)
        .executeTakeFirst(),
    );
    return next && this.lease(parseTenantId(next.tenant_id), next.task_id as TaskId, worker, leaseMs);
  }

  override renew(tenant: TenantId, holding: Holding, progress: Progress, leaseMs: number) {
    return this.database.inTenant(tenant, async (tx) => {
      await holdTarget(tx, tenant, holding.taskId);
      const row = await tx
        .updateTable('tasks')
        .set({ lease_expires_at: fromNow(leaseMs), progress: JSON.stringify(progress) })
        .where('tenant_id', '=', tenant)
        .where('task_id', '=', holding.taskId)
        .where('epoch', '=', holding.epoch)
        .where('state', '=', 'leased')
        // A lease that has run out may be renewed, but not beside another that was given meanwhile.
        .where(isAlone)
        .returningAll()
        .executeTakeFirst();
      if (!row?.lease_expires_at) throw refused(holding);
      await this.#tellProgress(tx, row, 'running');
      const job = await tx.selectFrom('jobs').select('state').where('job_id', '=', row.job_id).executeTakeFirst();
      return { expiresAtMs: row.lease_expires_at.getTime(), isStopRequested: job?.state !== 'running' };
    });
  }

  override saveCheckpoint(tenant: TenantId, holding: Holding, checkpoint: Uint8Array): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await this.#held(tx, tenant, holding);
      await tx
        .updateTable('tasks')
        // What moves forward is not failing: attempts count failures in a row.
        .set({ checkpoint: Buffer.from(checkpoint), ...(checkpoint.length > 0 && { attempts: 1, lapses: 0 }) })
        .where('task_id', '=', holding.taskId)
        .execute();
    });
  }

  override async finish(tenant: TenantId, holding: Holding, end: TaskEnd): Promise<void> {
    const ended = await this.#finish(tenant, holding, end);
    if (ended) countEndOf(ended, end);
  }

  /** The task; undefined when the same holder has ended it before. */
  #finish(tenant: TenantId, holding: Holding, end: TaskEnd): Promise<Task | undefined> {
    return this.database.inTenant(tenant, async (tx) => {
      const present = await this.#locked(tx, tenant, holding.taskId);
      if (present.epoch === holding.epoch && present.state !== 'leased' && present.state !== 'ready') return undefined;
      await this.#held(tx, tenant, holding);
      const row = await tx
        .updateTable('tasks')
        .set({
          state: end.outcome,
          progress: JSON.stringify(end.progress),
          report: JSON.stringify(end.report),
          snapshot_id: end.snapshotId,
          checkpoint: Buffer.alloc(0),
          last_error_code: end.errorCode,
          last_error_message: end.errorMessage,
          finished_at: sql<Date>`now()`,
        })
        .where('task_id', '=', holding.taskId)
        .returningAll()
        .executeTakeFirstOrThrow();
      const task = taskFrom(row);
      await tellOfEnd(tx, [row], end);
      await endJobIfDone(tx, await lockJob(tx, tenant, task.jobId));
      await ringNextAt(tx, row);
      return task;
    });
  }

  override async putBack(tenant: TenantId, holding: Holding, next: NextAttempt): Promise<void> {
    const kind = await this.database.inTenant(tenant, async (tx) => {
      const held = await this.#held(tx, tenant, holding);
      const job = await lockJob(tx, tenant, parseJobId(held.job_id));
      const isStopping = job.state !== 'running';
      const row = await tx
        .updateTable('tasks')
        .set({
          state: isStopping ? 'stopped' : 'ready',
          finished_at: isStopping ? sql<Date>`now()` : null,
          not_before: fromNow(next.afterMs),
          fresh_starts: next.freshStarts,
          lapses: 0,
          last_error_code: next.code,
          last_error_message: next.message,
        })
        .where('task_id', '=', holding.taskId)
        .returningAll()
        .executeTakeFirstOrThrow();
      if (isStopping) {
        await tellOfEnd(tx, [row], STOPPED);
        await endJobIfDone(tx, job);
      }
      await ringNextAt(tx, held);
      return held.kind;
    });
    count('holdfast.task.retries', 1, { kind, reason: next.code });
  }

  override async ringAgain(limit: number): Promise<number> {
    return this.database.acrossTenants('ring-again', async (tx) => {
      const rows = await tx
        .updateTable('tasks')
        .set({ rung_at: sql<Date>`now()` })
        .where('task_id', 'in', (query) =>
          query
            .selectFrom('tasks')
            .select('task_id')
            .where(mayBeLeased)
            .where(isUnheard)
            .orderBy('rung_at')
            .limit(limit)
            .forUpdate()
            .skipLocked(),
        )
        .returningAll()
        .execute();
      for (const row of rows) await ring(tx, row);
      return rows.length;
    });
  }

  override async wornOut(limit: number): Promise<readonly Task[]> {
    const rows = await this.database.acrossTenants('worn-out', (tx) =>
      tx.selectFrom('tasks').selectAll().where(hasLapsed).where('lapses', '>=', MAX_LAPSES).limit(limit).execute(),
    );
    return rows.map(taskFrom);
  }

  override async lapsedAndStopped(limit: number): Promise<readonly Task[]> {
    const rows = await this.database.acrossTenants('lapsed-and-stopped', (tx) =>
      tx.selectFrom('tasks').selectAll().where(hasLapsed).where(isToStop).limit(limit).execute(),
    );
    return rows.map(taskFrom);
  }

  override stopLapsed(tenant: TenantId, task: TaskId): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await tx
        .updateTable('tasks')
        .set({ state: 'stopped', epoch: sql<number>`nextval('epochs')`, finished_at: sql<Date>`now()` })
        .where('tenant_id', '=', tenant)
        .where('task_id', '=', task)
        .where(hasLapsed)
        .where(isToStop)
        .returningAll()
        .executeTakeFirst();
      if (!row) return;
      await tellOfEnd(tx, [row], STOPPED);
      await endJobIfDone(tx, await lockJob(tx, tenant, parseJobId(row.job_id)));
      await ringNextAt(tx, row);
    });
  }

  async #locked(tx: Tx, tenant: TenantId, task: TaskId): Promise<Selectable<TaskRow>> {
    const row = await tx
      .selectFrom('tasks')
      .selectAll()
      .where('tenant_id', '=', tenant)
      .where('task_id', '=', task)
      .forUpdate()
      .executeTakeFirst();
    if (!row) throw new AppError('NOT_FOUND', `There is no task ${task}.`, { context: { taskId: task } });
    return row;
  }

  /** The row, if the caller's lease is the present one; expiry alone does not matter while nobody else has taken the task. */
  async #held(tx: Tx, tenant: TenantId, holding: Holding): Promise<Selectable<TaskRow>> {
    const row = await this.#locked(tx, tenant, holding.taskId);
    if (row.epoch !== holding.epoch || row.state !== 'leased') throw refused(holding);
    return row;
  }

  async #leased(tx: Tx, row: Selectable<TaskRow>): Promise<LeasedTask> {
    const job = await tx.selectFrom('jobs').selectAll().where('job_id', '=', row.job_id).executeTakeFirstOrThrow();
    return {
      task: taskFrom(row),
      lane: row.lane,
      ...(job.backup_set_id && { backupSetId: parseBackupSetId(job.backup_set_id) }),
      ...(job.plan_id && { planId: job.plan_id }),
      vaultId: parseVaultId(job.vault_id),
      timeZone: job.time_zone,
      fullCheck: job.full_check,
      jobStartedAtMs: job.started_at.getTime(),
      ...(job.traceparent !== null && { traceparent: job.traceparent }),
      ...(job.terms && { termsJson: JSON.stringify(job.terms) }),
      checkpoint: row.checkpoint,
      expiresAtMs: row.lease_expires_at?.getTime() ?? 0,
    };
  }

  async #tellProgress(tx: Tx, row: Selectable<TaskRow>, state: 'leased' | 'running' | 'retrying'): Promise<void> {
    const { tenantId, jobId, taskId, resourceId, progress } = taskFrom(row);
    await addToOutbox(tx, taskProgress, {
      tenantId,
      jobId,
      taskId,
      resourceId,
      state,
      ...progress,
      atMs: this.clock.now(),
    });
  }
}

/**
 * Makes one decision of the look for other restores into a task's target and what follows it: others wait here until the transaction ends.
 * Comes before any row is locked, so that nobody waits for it who holds what its holder needs.
 */
async function holdTarget(tx: Tx, tenant: TenantId, task: TaskId): Promise<void> {
  await sql`
    select pg_advisory_xact_lock(hashtextextended(tenant_id || ' ' || resource_id, 0)) from tasks
    where tenant_id = ${tenant} and task_id = ${task} and kind = 'restore'`.execute(tx);
}

/** Rings for the restore that has waited longest for this one's target. */
async function ringNextAt(tx: Tx, { tenant_id, task_id, kind, resource_id }: Selectable<TaskRow>): Promise<void> {
  if (kind !== 'restore') return;
  const next = await tx
    .selectFrom('tasks')
    .selectAll()
    .where('tenant_id', '=', tenant_id)
    .where('resource_id', '=', resource_id)
    .where('kind', '=', 'restore')
    .where('task_id', '<>', task_id)
    .where(mayBeLeased)
    .orderBy('not_before')
    .limit(1)
    .executeTakeFirst();
  if (next) await ring(tx, next);
}

function refused(holding: Holding): AppError {
  return new AppError('GRANT_REFUSED', 'The task was taken over by another worker or has ended. Stop working on it.', {
    context: { taskId: holding.taskId, epoch: holding.epoch },
  });
}

import {
  AppError,
  parseJobId,
  parseTenantId,
  parseVaultId,
  type BackupSetId,
  type JobId,
  type ResourceId,
  type TenantId,
} from '@holdfast/kernel';
import { carried, Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql, type Transaction } from 'kysely';
import {
  Jobs,
  laneOf,
  type Job,
  type NewJob,
  type Page,
  type PageRequest,
  type RunningJob,
  type Task,
} from '../../app/jobs.port.js';
import type { JobKind } from '../../domain/job-kind.js';
import { isEnded } from '../../domain/job-outcome.js';
import { ring } from './doorbell.js';
import { changeJob, endJobIfDone, lockJob, readJob, tellOfJob } from './job-ending.js';
import { instantInToken, pageOf, readInstantToken, readPageToken } from './paging.js';
import { jobFrom, taskFrom } from './rows.js';
import type { SchedulerSchema, SchedulerSweep } from './schema.js';
import { STOPPED, tellOfEnd } from './tell-of-end.js';

type Tx = Transaction<SchedulerSchema>;

/** That a running job is given; a destination that comes and goes tells no more. */
const MOST_WARNINGS = 50;

@Injectable()
export class PostgresJobs extends Jobs {
  constructor(private readonly database: Database<SchedulerSchema, SchedulerSweep>) {
    super();
  }

  override open(tenant: TenantId, job: NewJob): Promise<Job> {
    return this.database.inTenant(tenant, async (tx) => {
      await this.#keepSet(tx, tenant, job);
      const inserted = await tx
        .insertInto('jobs')
        .values({
          tenant_id: tenant,
          job_id: job.jobId,
          kind: job.kind,
          state: 'running',
          backup_set_id: job.backupSetId ?? null,
          plan_id: job.planId ?? null,
          after_job_id: job.afterJobId ?? null,
          vault_id: job.vaultId,
          time_zone: job.timeZone,
          full_check: job.fullCheck,
          dry_run: job.dryRun,
          terms: job.termsJson ?? null,
          traceparent: carried().traceparent ?? null,
        })
        .onConflict((conflict) => conflict.doNothing())
        .returningAll()
        .executeTakeFirst();
      if (inserted) {
        const opened = jobFrom(inserted, { total: 0, finished: 0 });
        await tellOfJob(tx, opened, inserted);
        return opened;
      }
      const present = await tx.selectFrom('jobs').selectAll().where('job_id', '=', job.jobId).executeTakeFirst();
      if (present) return readJob(tx, present);
      throw new AppError(
        'FAILED_PRECONDITION',
        'Such a job of this backup set or vault is running. Wait until it has ended, or stop it first.',
        { context: { backupSetId: job.backupSetId ?? '', vaultId: job.vaultId } },
      );
    });
  }

  /** Keeps a backup's set from being deleted before its job is seen to run. Space of a deleted set is freed all the same. */
  async #keepSet(tx: Tx, tenant: TenantId, { kind, backupSetId }: NewJob): Promise<void> {
    if (kind !== 'backup' || !backupSetId) return;
    const set = await tx
      .selectFrom('backup_sets')
      .select('backup_set_id')
      .where('tenant_id', '=', tenant)
      .where('backup_set_id', '=', backupSetId)
      .forKeyShare()
      .executeTakeFirst();
    if (!set) throw new AppError('NOT_FOUND', `There is no backup set ${backupSetId}.`, { context: { backupSetId } });
  }

  override addTasks(tenant: TenantId, jobId: JobId, resources: readonly ResourceId[]): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      const job = await lockJob(tx, tenant, jobId);
      if (resources.length === 0 || isEnded(job.state)) return;
      const isStopping = job.state === 'stopping';
      const known = job.backup_set_id ? await this.#withSnapshot(tx, job.backup_set_id, resources) : new Set<string>();
      const tasks = await tx
        .insertInto('tasks')
        .values(
          resources.map((resource) => ({
            tenant_id: tenant,
            job_id: jobId,
            kind: job.kind,
            resource_id: resource,
            lane: laneOf(known.has(resource), job.kind),
            ...(isStopping
              ? { state: 'stopped' as const, finished_at: sql<Date>`now()` }
              : { state: 'ready' as const, finished_at: null }),
          })),
        )
        .onConflict((conflict) => conflict.columns(['job_id', 'resource_id']).doNothing())
        .returningAll()
        .execute();
      await tx
        .updateTable('jobs')
        .set({ touched_at: sql<Date>`now()` })
        .where('job_id', '=', jobId)
        .execute();
      for (const task of tasks) if (task.state === 'ready') await ring(tx, task);
      await tellOfEnd(
        tx,
        tasks.filter(({ state }) => state === 'stopped'),
        STOPPED,
      );
    });
  }

  async #withSnapshot(tx: Tx, set: string, resources: readonly ResourceId[]): Promise<Set<string>> {
    const rows = await tx
      .selectFrom('tasks')
      .innerJoin('jobs', 'jobs.job_id', 'tasks.job_id')
      .select('tasks.resource_id')
      .distinct()
      .where('jobs.backup_set_id', '=', set)
      .where('tasks.resource_id', 'in', resources)
      .where('tasks.snapshot_id', '!=', '')
      .execute();
    return new Set(rows.map(({ resource_id }) => resource_id));
  }

  override close(tenant: TenantId, jobId: JobId, warnings: readonly string[]): Promise<Job> {
    return this.database.inTenant(tenant, async (tx) => {
      const job = await lockJob(tx, tenant, jobId);
      if (!job.is_open) return readJob(tx, job);
      const all = [...job.warnings, ...warnings];
      await changeJob(tx, job, { is_open: false, warnings: JSON.stringify(all) });
      return endJobIfDone(tx, { ...job, is_open: false, warnings: all });
    });
  }

  override abandon(tenant: TenantId, jobId: JobId, reason: string): Promise<Job> {
    return this.database.inTenant(tenant, async (tx) => {
      const job = await lockJob(tx, tenant, jobId);
      if (isEnded(job.state)) return readJob(tx, job);
      await this.#stopTasks(tx, jobId);
      return changeJob(tx, job, {
        is_open: false,
        state: job.state === 'stopping' ? 'stopped' : 'failed',
        finished_at: sql<Date>`now()`,
        warnings: JSON.stringify([...job.warnings, reason]),
      });
    });
  }

  override requestStop(tenant: TenantId, jobId: JobId): Promise<Job> {
    return this.database.inTenant(tenant, async (tx) => {
      const job = await lockJob(tx, tenant, jobId);
      if (job.state !== 'running') return readJob(tx, job);
      await this.#stopTasks(tx, jobId);
      await changeJob(tx, job, { state: 'stopping' });
      return endJobIfDone(tx, { ...job, state: 'stopping' });
    });
  }

  /** Stops what waits; what is leased learns of it when its lease is renewed. */
  async #stopTasks(tx: Tx, job: JobId): Promise<void> {
    const stopped = await tx
      .updateTable('tasks')
      .set({ state: 'stopped', finished_at: sql<Date>`now()` })
      .where('job_id', '=', job)
      .where('state', '=', 'ready')
      .returningAll()
      .execute();
    await tellOfEnd(tx, stopped, STOPPED);
  }

  override get(tenant: TenantId, jobId: JobId): Promise<Job> {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await requireJob(tx, tenant, jobId);
      return readJob(tx, row);
    });
  }

  override list(tenant: TenantId, set: BackupSetId | undefined, page: PageRequest): Promise<Page<Job>> {
    return this.database.inTenant(tenant, async (tx) => {
      let query = tx
        .selectFrom('jobs')
        .selectAll()
        .select(instantInToken('started_at').as('began'))
        .where('tenant_id', '=', tenant);
      if (set) query = query.where('backup_set_id', '=', set);
      if (page.from) {
        const [at, id] = readInstantToken(page.from);
        query = query.where(sql<boolean>`(started_at, job_id) < (${at}::timestamptz, ${id}::uuid)`);
      }
      const rows = await query
        .orderBy('started_at', 'desc')
        .orderBy('job_id', 'desc')
        .limit(page.size + 1)
        .execute();
      const shown = pageOf(rows, page.size, ({ began, job_id }) => [began, job_id]);
      const jobs: Job[] = [];
      for (const row of shown.rows) jobs.push(await readJob(tx, row));
      return { ...shown, rows: jobs };
    });
  }

  override listTasks(tenant: TenantId, jobId: JobId, page: PageRequest): Promise<Page<Task>> {
    return this.database.inTenant(tenant, async (tx) => {
      await requireJob(tx, tenant, jobId);
      let query = tx.selectFrom('tasks').selectAll().where('tenant_id', '=', tenant).where('job_id', '=', jobId);
      if (page.from) query = query.where('resource_id', '>', readPageToken(page.from, 1)[0] ?? '');
      const rows = await query
        .orderBy('resource_id')
        .limit(page.size + 1)
        .execute();
      return pageOf(rows.map(taskFrom), page.size, (task) => [task.resourceId]);
    });
  }

  override async warn(tenant: TenantId, jobId: JobId, warnings: readonly string[]): Promise<void> {
    await this.database.inTenant(tenant, async (tx) => {
      const job = await lockJob(tx, tenant, jobId);
      const all = [...new Set([...job.warnings, ...warnings])].slice(0, Math.max(job.warnings.length, MOST_WARNINGS));
      if (isEnded(job.state) || all.length === job.warnings.length) return;
      await changeJob(tx, job, { warnings: JSON.stringify(all) });
    });
  }

  override running(after: JobId | undefined, size: number): Promise<readonly RunningJob[]> {
    return this.database.acrossTenants('running-jobs', async (tx) => {
      const rows = await tx
        .selectFrom('jobs')
        .select(['tenant_id', 'job_id', 'kind', 'vault_id', 'warnings'])
        .where('state', '=', 'running')
        .where('is_open', '=', false)
        .$if(after !== undefined, (query) => query.where('job_id', '>', after ?? ''))
        .orderBy('job_id')
        .limit(size)
        .execute();
      return rows.map(({ tenant_id, job_id, kind, vault_id, warnings }) => ({
        tenantId: parseTenantId(tenant_id),
        jobId: parseJobId(job_id),
        kind,
        vaultId: parseVaultId(vault_id),
        warnings,
      }));
    });
  }

  override leftOpen(kinds: readonly JobKind[], olderThanMs: number): Promise<readonly Job[]> {
    return this.database.acrossTenants('jobs-left-open', async (tx) => {
      const rows = await tx
        .selectFrom('jobs')
        .selectAll()
        .where('is_open', '=', true)
        .where('kind', 'in', kinds)
        .where('touched_at', '<', sql<Date>`now() - ${olderThanMs} * interval '1 millisecond'`)
        .limit(100)
        .execute();
      return rows.map((row) => jobFrom({ ...row, job_id: parseJobId(row.job_id) }, { total: 0, finished: 0 }));
    });
  }
}

async function requireJob(tx: Tx, tenant: TenantId, jobId: JobId) {
  const row = await tx
    .selectFrom('jobs')
    .selectAll()
    .where('tenant_id', '=', tenant)
    .where('job_id', '=', jobId)
    .executeTakeFirst();
  if (!row) throw new AppError('NOT_FOUND', `There is no job ${jobId}.`, { context: { jobId } });
  return row;
}

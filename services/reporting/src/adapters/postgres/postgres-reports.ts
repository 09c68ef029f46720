import type { JobChanged, TaskFinished, TaskProgress } from '@holdfast/contracts';
import { AppError, parseJobId, type JobId, type TenantId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql, type Transaction } from 'kysely';
import {
  Reports,
  type Activity,
  type JobEvent,
  type JobSummary,
  type Page,
  type PageRequest,
  type ResourceSummary,
} from '../../app/reports.port.js';
import { describeJob, describeTask, type LogLine } from '../../app/describe-event.js';
import { sumReports } from '../../app/sum-reports.js';
import type { ReportingSchema } from './reporting-database.js';

type Tx = Transaction<ReportingSchema>;

/** Resources summed at a time. */
const SUM_PAGE = 1_000;
const RUNNING_SHOWN = 50;
const FAILED = ['incomplete', 'failed'];

/** Progress of a resource that ended before any was told; older than whatever is told late. */
const ENDED_UNTOLD = {
  is_running: false,
  items_done: 0,
  items_expected: 0,
  bytes_done: 0,
  requests: 0,
  throttled: 0,
  at_ms: 0,
};

@Injectable()
export class PostgresReports extends Reports {
  constructor(private readonly database: Database<ReportingSchema, never>) {
    super();
  }

  override noteJob(change: JobChanged): Promise<void> {
    return this.database.inTenant(change.tenantId, async (tx) => {
      await tx
        .insertInto('jobs')
        .values({
          tenant_id: change.tenantId,
          job_id: change.jobId,
          kind: change.jobKind,
          state: change.state,
          revision: change.revision,
          tasks_total: change.tasksTotal,
          warnings: JSON.stringify(change.warnings),
          started_at_ms: change.startedAtMs,
          finished_at_ms: change.finishedAtMs,
        })
        .onConflict((conflict) =>
          conflict
            .column('job_id')
            .doUpdateSet((eb) => ({
              state: eb.ref('excluded.state'),
              revision: eb.ref('excluded.revision'),
              tasks_total: eb.ref('excluded.tasks_total'),
              warnings: sql`excluded.warnings`,
              finished_at_ms: eb.ref('excluded.finished_at_ms'),
            }))
            .where('jobs.revision', '<', change.revision),
        )
        .execute();
      await this.#log(tx, change, '', describeJob(change), `job ${change.state}`);
      for (const warning of change.warnings)
        await this.#log(
          tx,
          change,
          '',
          { severity: 'warning', kind: 'warning', message: warning },
          `warning ${warning}`,
        );
    });
  }

  override noteTask(end: TaskFinished): Promise<void> {
    return this.database.inTenant(end.tenantId, async (tx) => {
      const outcome = {
        outcome: end.outcome,
        snapshot_id: end.snapshotId,
        error_code: end.errorCode,
        error_message: end.errorMessage,
        report: JSON.stringify(end.report),
      };
      await tx
        .insertInto('resources')
        .values({ tenant_id: end.tenantId, job_id: end.jobId, resource_id: end.resourceId, ...outcome })
        .onConflict((conflict) => conflict.columns(['job_id', 'resource_id']).doUpdateSet(outcome))
        .execute();
      // A row in any case: what is told of the resource at the same moment waits for it, and finds that it has ended.
      await tx
        .insertInto('progress')
        .values({ tenant_id: end.tenantId, job_id: end.jobId, resource_id: end.resourceId, ...ENDED_UNTOLD })
        .onConflict((conflict) => conflict.columns(['job_id', 'resource_id']).doUpdateSet({ is_running: false }))
        .execute();
      await this.#log(tx, end, end.resourceId, describeTask(end), `task ${end.taskId} ${end.outcome}`);
    });
  }

  override noteProgress(told: TaskProgress): Promise<void> {
    return this.database.inTenant(told.tenantId, async (tx) => {
      const counts = {
        items_done: told.itemsDone,
        items_expected: told.itemsExpected,
        bytes_done: told.bytesDone,
        requests: told.requests,
        throttled: told.throttled,
        at_ms: told.atMs,
      };
      await tx
        .insertInto('progress')
        .values({
          tenant_id: told.tenantId,
          job_id: told.jobId,
          resource_id: told.resourceId,
          is_running: true,
          ...counts,
        })
        // Whether it runs stays as it is: what has ended does not run again.
        .onConflict((conflict) =>
          conflict.columns(['job_id', 'resource_id']).doUpdateSet(counts).where('progress.at_ms', '<=', told.atMs),
        )
        .execute();
      if (told.state === 'retrying')
        await this.#log(
          tx,
          told,
          told.resourceId,
          { severity: 'warning', kind: 'resource-retried', message: 'Another worker goes on with this resource.' },
          `retry ${told.taskId} ${told.atMs}`,
        );
    });
  }

  override job(tenant: TenantId, job: JobId): Promise<JobSummary> {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await this.#jobRow(tx, tenant, job);
      const { resources, failed } = await tx
        .selectFrom('resources')
        .select([
          sql<number>`count(*)`.as('resources'),
          sql<number>`count(*) filter (where outcome = any(${FAILED}))`.as('failed'),
        ])
        .where('job_id', '=', job)
        .executeTakeFirstOrThrow();
      return {
        jobId: parseJobId(row.job_id),
        state: row.state,
        startedAtMs: row.started_at_ms,
        finishedAtMs: row.finished_at_ms,
        tasksTotal: row.tasks_total,
        resources,
        resourcesFailed: failed,
        warnings: row.warnings,
        report: await this.#sum(tx, job),
      };
    });
  }

  async #sum(tx: Tx, job: JobId) {
    let sum = sumReports([]);
    for (let after = ''; ;) {
      const rows = await tx
        .selectFrom('resources')
        .select(['resource_id', 'report'])
        .where('job_id', '=', job)
        .where('resource_id', '>', after)
        .orderBy('resource_id')
        .limit(SUM_PAGE)
        .execute();
      sum = sumReports([sum, ...rows.map(({ report }) => report)]);
      const last = rows.at(-1);
      if (!last || rows.length < SUM_PAGE) return sum;
      after = last.resource_id;
    }
  }

  override resources(tenant: TenantId, job: JobId, page: PageRequest): Promise<Page<ResourceSummary>> {
    return this.database.inTenant(tenant, async (tx) => {
      await this.#jobRow(tx, tenant, job);
      const rows = await tx
        .selectFrom('resources')
        .selectAll()
        .where('job_id', '=', job)
        .where('resource_id', '>', page.from ?? '')
        .orderBy('resource_id')
        .limit(page.size + 1)
        .execute();
      const shown = rows.slice(0, page.size).map((row) => ({
        resourceId: row.resource_id,
        outcome: row.outcome,
        snapshotId: row.snapshot_id,
        errorCode: row.error_code,
        errorMessage: row.error_message,
        report: row.report,
      }));
      const last = shown.at(-1);
      return rows.length > page.size && last ? { rows: shown, next: last.resourceId } : { rows: shown };
    });
  }

  override events(
    tenant: TenantId,
    job: JobId,
    severity: string | undefined,
    page: PageRequest,
  ): Promise<Page<JobEvent>> {
    return this.database.inTenant(tenant, async (tx) => {
      await this.#jobRow(tx, tenant, job);
      const rows = await tx
        .selectFrom('events')
        .selectAll()
        .where('job_id', '=', job)
        .where('event_id', '>', Number(page.from ?? 0))
        .$if(severity !== undefined, (query) => query.where('severity', '=', severity ?? ''))
        .orderBy('event_id')
        .limit(page.size + 1)
        .execute();
      const shown = rows.slice(0, page.size);
      const last = shown.at(-1);
      const events = shown.map((row) => ({
        atMs: row.at_ms,
        severity: row.severity as JobEvent['severity'],
        kind: row.kind,
        resourceId: row.resource_id,
        message: row.message,
      }));
      return rows.length > page.size && last ? { rows: events, next: String(last.event_id) } : { rows: events };
    });
  }

  override activity(tenant: TenantId, job: JobId): Promise<Activity> {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await this.#jobRow(tx, tenant, job);
      const sums = await tx
        .selectFrom('progress')
        .select((eb) => [
          sql<number>`coalesce(sum(items_done), 0)::bigint`.as('items_done'),
          // A sum over some of the resources would look as if the job were nearly done.
          sql<number>`case when count(*) filter (where items_expected > 0) = ${row.tasks_total}
            then coalesce(sum(items_expected), 0) else 0 end::bigint`.as('items_expected'),
          sql<number>`coalesce(sum(bytes_done), 0)::bigint`.as('bytes_done'),
          sql<number>`coalesce(sum(requests), 0)::bigint`.as('requests'),
          sql<number>`coalesce(sum(throttled), 0)::bigint`.as('throttled'),
          eb
            .selectFrom('resources')
            .select(sql<number>`count(*)`.as('finished'))
            .where('job_id', '=', job)
            .as('finished'),
        ])
        .where('job_id', '=', job)
        .executeTakeFirstOrThrow();
      const running = await tx
        .selectFrom('progress')
        .select('resource_id')
        .where('job_id', '=', job)
        .where('is_running', '=', true)
        .orderBy('resource_id')
        .limit(RUNNING_SHOWN)
        .execute();
      return {
        state: row.state,
        tasksTotal: row.tasks_total,
        tasksFinished: sums.finished ?? 0,
        itemsDone: sums.items_done,
        itemsExpected: sums.items_expected,
        bytesDone: sums.bytes_done,
        requests: sums.requests,
        throttled: sums.throttled,
        runningResourceIds: running.map(({ resource_id }) => resource_id),
        warnings: row.warnings,
      };
    });
  }

  async #jobRow(tx: Tx, tenant: TenantId, job: JobId) {
    const row = await tx
      .selectFrom('jobs')
      .selectAll()
      .where('tenant_id', '=', tenant)
      .where('job_id', '=', job)
      .executeTakeFirst();
    if (!row) throw new AppError('NOT_FOUND', `There is no report of a job ${job}.`, { context: { jobId: job } });
    return row;
  }

  async #log(
    tx: Tx,
    of: { readonly tenantId: TenantId; readonly jobId: JobId; readonly atMs: number },
    resource: string,
    line: LogLine,
    toldAs: string,
  ): Promise<void> {
    await tx
      .insertInto('events')
      .values({
        tenant_id: of.tenantId,
        job_id: of.jobId,
        at_ms: of.atMs,
        resource_id: resource,
        told_as: toldAs,
        ...line,
      })
      .onConflict((conflict) => conflict.columns(['job_id', 'told_as']).doNothing())
      .execute();
  }
}

import {
  AppError,
  parseResourceId,
  type BackupSetId,
  type JobId,
  type ResourceId,
  type TenantId,
} from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { RetentionPast, type RetentionTerms } from '../../app/retention-terms.port.js';
import { COUNTED_ENDS } from '../../domain/job-outcome.js';
import type { SchedulerSchema, SchedulerSweep } from './schema.js';

/** More than thirty years of hourly jobs; what is older is not named, so its snapshots stay only for the policy's days. */
const MOST_JOBS = 300_000;

@Injectable()
export class PostgresRetentionPast extends RetentionPast {
  constructor(private readonly database: Database<SchedulerSchema, SchedulerSweep>) {
    super();
  }

  override terms(tenant: TenantId, setId: BackupSetId, jobId: JobId): Promise<RetentionTerms> {
    return this.database.inTenant(tenant, async (tx) => {
      const set = await tx
        .selectFrom('backup_sets')
        .select(['retention', 'time_zone', sql<Date>`now()`.as('now')])
        .where('tenant_id', '=', tenant)
        .where('backup_set_id', '=', setId)
        .executeTakeFirst();
      if (!set)
        throw new AppError('NOT_FOUND', `There is no backup set ${setId}.`, { context: { backupSetId: setId } });
      const { dry_run: dryRun } = await tx
        .selectFrom('jobs')
        .select('dry_run')
        .where('tenant_id', '=', tenant)
        .where('job_id', '=', jobId)
        .executeTakeFirstOrThrow();
      const jobs = await tx
        .selectFrom('jobs')
        .select('started_at')
        .where('tenant_id', '=', tenant)
        .where('backup_set_id', '=', setId)
        .where('kind', '=', 'backup')
        .where('state', 'in', COUNTED_ENDS)
        .orderBy('started_at', 'desc')
        .limit(MOST_JOBS)
        .execute();
      return {
        policy: set.retention,
        timeZone: set.time_zone,
        jobs: jobs.map(({ started_at }) => started_at.getTime()).reverse(),
        dryRun,
        now: set.now.getTime(),
      };
    });
  }

  override left(
    tenant: TenantId,
    set: BackupSetId,
    resources: readonly ResourceId[],
  ): Promise<ReadonlyMap<ResourceId, number>> {
    return this.database.inTenant(tenant, async (tx) => {
      const { rows } = await sql<{ resource_id: string; left_at: Date | null }>`
        select asked.resource_id, (
          select min(j.started_at) from jobs j
          where j.tenant_id = ${tenant} and j.backup_set_id = ${set} and j.kind = 'backup' and j.state = any(${[...COUNTED_ENDS]}::text[])
            and j.started_at > (
              select max(k.started_at) from tasks t join jobs k on k.job_id = t.job_id
              where t.tenant_id = ${tenant} and t.resource_id = asked.resource_id and k.backup_set_id = ${set} and k.kind = 'backup'
            )
            and not exists (
              select from unlicensed_resources u
              where u.tenant_id = ${tenant} and u.backup_set_id = ${set} and u.resource_id = asked.resource_id
                and u.job_started_at >= j.started_at
            )
        ) as left_at
        from unnest(${[...resources]}::text[]) as asked (resource_id)`.execute(tx);
      return new Map(
        rows.flatMap(({ resource_id, left_at }) =>
          left_at ? [[parseResourceId(resource_id), left_at.getTime()] as const] : [],
        ),
      );
    });
  }

  override async noteUnlicensed(
    tenant: TenantId,
    set: BackupSetId,
    job: JobId,
    resources: readonly ResourceId[],
  ): Promise<void> {
    await this.database.inTenant(tenant, (tx) =>
      sql`
        insert into unlicensed_resources (tenant_id, backup_set_id, resource_id, job_started_at)
        select j.tenant_id, j.backup_set_id, asked.resource_id, j.started_at
        from jobs j, unnest(${[...resources]}::text[]) as asked (resource_id)
        where j.tenant_id = ${tenant} and j.job_id = ${job} and j.backup_set_id = ${set}
          and exists (
            select from tasks t join jobs k on k.job_id = t.job_id
            where t.tenant_id = ${tenant} and t.resource_id = asked.resource_id and k.backup_set_id = ${set} and k.kind = 'backup'
          )
        on conflict (backup_set_id, resource_id) do update
        set job_started_at = greatest(unlicensed_resources.job_started_at, excluded.job_started_at)`.execute(tx),
    );
  }

  override whole(
    tenant: TenantId,
    set: BackupSetId,
    resources: readonly ResourceId[],
  ): Promise<ReadonlyMap<ResourceId, number>> {
    return this.database.inTenant(tenant, async (tx) => {
      const { rows } = await sql<{ resource_id: string; whole_at: Date }>`
        select t.resource_id, max(j.started_at) as whole_at from tasks t join jobs j on j.job_id = t.job_id
        where t.tenant_id = ${tenant} and t.resource_id = any(${[...resources]}::text[]) and j.backup_set_id = ${set}
          and t.kind = 'backup' and t.state in ('completed', 'completed-with-warnings')
          -- Of a mailbox that is gone nothing was read: its task ends well, and has no snapshot.
          and t.snapshot_id <> ''
        group by t.resource_id`.execute(tx);
      return new Map(rows.map(({ resource_id, whole_at }) => [parseResourceId(resource_id), whole_at.getTime()]));
    });
  }
}

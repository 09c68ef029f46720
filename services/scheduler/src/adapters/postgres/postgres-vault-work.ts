import {
  parseBackupSetId,
  parseResourceId,
  parseTaskId,
  type JobId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { type OpenTask, VaultWork } from '../../app/vault-work.port.js';
import type { SchedulerSchema, SchedulerSweep } from './schema.js';

/** Before every id. */
const FIRST = '00000000-0000-0000-0000-000000000000';

@Injectable()
export class PostgresVaultWork extends VaultWork {
  constructor(private readonly database: Database<SchedulerSchema, SchedulerSweep>) {
    super();
  }

  override async isDryRun(tenant: TenantId, job: JobId): Promise<boolean> {
    const { dry_run } = await this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('jobs')
        .select('dry_run')
        .where('tenant_id', '=', tenant)
        .where('job_id', '=', job)
        .executeTakeFirstOrThrow(),
    );
    return dry_run;
  }

  override async openTasks(
    tenant: TenantId,
    vault: VaultId,
    { after, size }: { readonly after: string; readonly size: number },
  ): Promise<readonly OpenTask[]> {
    const rows = await this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('tasks as t')
        .innerJoin('jobs as j', 'j.job_id', 't.job_id')
        .select(['t.task_id', 't.resource_id', 't.checkpoint', 't.epoch', 't.kind', 'j.backup_set_id'])
        .select(sql<number | null>`(extract(epoch from now() - t.started_at) * 1000)::bigint`.as('begun_before_ms'))
        .where('t.tenant_id', '=', tenant)
        .where('j.vault_id', '=', vault)
        .where('t.kind', 'in', ['backup', 'rewriting'])
        .where('t.state', 'in', ['ready', 'leased'])
        .where('t.task_id', '>', after === '' ? FIRST : after)
        .orderBy('t.task_id')
        .limit(size)
        .execute(),
    );
    return rows.map((row) => ({
      taskId: parseTaskId(row.task_id),
      backupSetId: parseBackupSetId(row.backup_set_id ?? ''),
      resourceId: parseResourceId(row.resource_id),
      epoch: row.epoch,
      begunBeforeMs: row.begun_before_ms ?? undefined,
      checkpoint: row.checkpoint,
      rewrites: row.kind === 'rewriting',
    }));
  }
}

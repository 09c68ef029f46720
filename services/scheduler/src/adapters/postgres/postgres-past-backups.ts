import type { TaskReport } from '@holdfast/contracts';
import { parseResourceId, type BackupSetId, type ResourceId, type TenantId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { PastBackups } from '../../app/past-backups.port.js';
import type { PastWork } from '../../domain/quote-backup.js';
import type { SchedulerSchema, SchedulerSweep } from './schema.js';

interface Row {
  readonly resource_id: string;
  readonly lane: PastWork['lane'];
  readonly progress: Partial<Readonly<Record<'requests' | 'bytesDone', number>>>;
  readonly report: Partial<Pick<TaskReport, 'resourceUnits' | 'newItems' | 'updated'>> | null;
}

/** Tasks from whose requests the average is taken: enough for one, and few enough to find at once. */
const MEASURED_TASKS = 200;

/** What the task table remembers of ended tasks. */
@Injectable()
export class PostgresPastBackups extends PastBackups {
  constructor(private readonly database: Database<SchedulerSchema, SchedulerSweep>) {
    super();
  }

  override newest(
    tenant: TenantId,
    set: BackupSetId,
    resources: readonly ResourceId[],
  ): Promise<ReadonlyMap<ResourceId, PastWork>> {
    return this.database.inTenant(tenant, async (tx) => {
      const { rows } = await sql<Row>`
        select distinct on (t.resource_id) t.resource_id, t.lane, t.progress, t.report
        from tasks t join jobs j on j.job_id = t.job_id
        where t.tenant_id = ${tenant} and j.tenant_id = ${tenant} and j.backup_set_id = ${set} and j.kind = 'backup'
          and t.resource_id = any(${[...resources]}::text[]) and t.snapshot_id <> ''
        order by t.resource_id, j.started_at desc`.execute(tx);
      return new Map(rows.map((row) => [parseResourceId(row.resource_id), workOf(row)]));
    });
  }

  override requestMs(tenant: TenantId): Promise<number | undefined> {
    return this.database.inTenant(tenant, async (tx) => {
      const { rows } = await sql<{ readonly mean: number | null }>`
        select sum((progress->>'requestMs')::float8) / nullif(sum((progress->>'requests')::float8), 0) as mean
        from (
          select t.progress from tasks t join jobs j on j.job_id = t.job_id
          where t.tenant_id = ${tenant} and j.tenant_id = ${tenant} and j.kind = 'backup' and t.snapshot_id <> ''
            and (t.progress->>'requestMs')::float8 > 0
          order by j.started_at desc limit ${MEASURED_TASKS}
        ) newest`.execute(tx);
      return rows[0]?.mean ?? undefined;
    });
  }
}

function workOf({ lane, progress, report }: Row): PastWork {
  const { requests = 0, bytesDone: bytes = 0 } = progress;
  const { resourceUnits: units = 0, newItems, updated } = report ?? {};
  return { lane, requests, units, items: (newItems?.items ?? 0) + (updated?.items ?? 0), bytes };
}

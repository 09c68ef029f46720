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
  readonly progress: Partial<Readonly<Record<'requests' | 'itemsDone' | 'bytesDone', number>>>;
}

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
        select distinct on (t.resource_id) t.resource_id, t.lane, t.progress
        from tasks t join jobs j on j.job_id = t.job_id
        where t.tenant_id = ${tenant} and j.tenant_id = ${tenant} and j.backup_set_id = ${set} and j.kind = 'backup'
          and t.resource_id = any(${[...resources]}::text[]) and t.snapshot_id <> ''
        order by t.resource_id, j.started_at desc`.execute(tx);
      return new Map(rows.map((row) => [parseResourceId(row.resource_id), workOf(row)]));
    });
  }
}

function workOf({ lane, progress: { requests = 0, itemsDone = 0, bytesDone = 0 } }: Row): PastWork {
  return { lane, requests, itemsDone, bytesDone };
}

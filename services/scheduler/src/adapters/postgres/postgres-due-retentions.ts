import { parseBackupSetId, parseJobId, parseTenantId, type BackupSetId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { DueRetentions, type DueRetention } from '../../app/due-retentions.port.js';
import type { SchedulerSchema, SchedulerSweep } from './schema.js';

@Injectable()
export class PostgresDueRetentions extends DueRetentions {
  constructor(private readonly database: Database<SchedulerSchema, SchedulerSweep>) {
    super();
  }

  override page(after: BackupSetId | undefined, size: number): Promise<readonly DueRetention[]> {
    return this.database.acrossTenants('retentions-due', async (tx) => {
      const rows = await tx
        .selectFrom('backup_sets')
        .select(['tenant_id', 'backup_set_id', 'retention_after'])
        .where('retention_after', 'is not', null)
        .$narrowType<{ retention_after: string }>()
        .$if(after !== undefined, (query) => query.where('backup_set_id', '>', after ?? ''))
        .orderBy('backup_set_id')
        .limit(size)
        .execute();
      return rows.map(({ tenant_id, backup_set_id, retention_after }) => ({
        tenantId: parseTenantId(tenant_id),
        backupSetId: parseBackupSetId(backup_set_id),
        afterJobId: parseJobId(retention_after),
      }));
    });
  }

  override async started({ tenantId, backupSetId, afterJobId }: DueRetention): Promise<void> {
    await this.database.inTenant(tenantId, (tx) =>
      tx
        .updateTable('backup_sets')
        .set({ retention_after: null })
        .where('tenant_id', '=', tenantId)
        .where('backup_set_id', '=', backupSetId)
        .where('retention_after', '=', afterJobId)
        .execute(),
    );
  }
}

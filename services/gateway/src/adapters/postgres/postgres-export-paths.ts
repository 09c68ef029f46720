import { AppError, type TenantId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { ExportPaths } from '../../app/export-paths.port.js';
import type { GatewaySchema, GatewaySweep } from './gateway-database.js';

@Injectable()
export class PostgresExportPaths extends ExportPaths {
  constructor(private readonly database: Database<GatewaySchema, GatewaySweep>) {
    super();
  }

  override async add(
    tenant: TenantId,
    exportId: string,
    path: string,
    expiresAtMs: number,
    nowMs: number,
  ): Promise<void> {
    await this.database.inTenant(tenant, async (tx) => {
      await tx.deleteFrom('exports').where('tenant_id', '=', tenant).where('expires_at_ms', '<=', nowMs).execute();
      const row = { tenant_id: tenant, export_id: exportId, path, expires_at_ms: expiresAtMs };
      await tx.insertInto('exports').values(row).execute();
    });
  }

  override async find(tenant: TenantId, exportId: string, nowMs: number): Promise<string> {
    const row = await this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('exports')
        .select('path')
        .where('tenant_id', '=', tenant)
        .where('export_id', '=', exportId)
        .where('expires_at_ms', '>', nowMs)
        .executeTakeFirst(),
    );
    if (row) return row.path;
    throw new AppError('NOT_FOUND', 'There is no such export, or its time is over. Make a new one.', {
      context: { exportId },
    });
  }
}

import { Clock, parseVaultId, type TenantId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { type ExportOrder, Exports } from '../../app/exports.port.js';
import type { RestoreSchema } from './restore-database.js';

@Injectable()
export class PostgresExports extends Exports {
  constructor(
    private readonly database: Database<RestoreSchema, never>,
    private readonly clock: Clock,
  ) {
    super();
  }

  override add(tenant: TenantId, order: ExportOrder, tokenDigest: Uint8Array): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await tx
        .deleteFrom('exports')
        .where('tenant_id', '=', tenant)
        .where('expires_at', '<', new Date(this.clock.now()))
        .execute();
      await tx
        .insertInto('exports')
        .values({
          tenant_id: tenant,
          export_id: order.exportId,
          token_digest: Buffer.from(tokenDigest),
          vault_id: order.vaultId,
          format: order.format,
          parts: JSON.stringify(order.parts),
          actor: order.actor,
          expires_at: new Date(order.expiresAtMs),
        })
        .execute();
    });
  }

  /** Taking it out is what makes it work once. */
  override take(tenant: TenantId, tokenDigest: Uint8Array): Promise<ExportOrder | undefined> {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await tx
        .deleteFrom('exports')
        .where('tenant_id', '=', tenant)
        .where('token_digest', '=', Buffer.from(tokenDigest))
        .returningAll()
        .executeTakeFirst();
      if (!row || row.expires_at.getTime() <= this.clock.now()) return undefined;
      return {
        exportId: row.export_id,
        vaultId: parseVaultId(row.vault_id),
        format: row.format,
        parts: row.parts,
        actor: row.actor,
        expiresAtMs: row.expires_at.getTime(),
      };
    });
  }
}

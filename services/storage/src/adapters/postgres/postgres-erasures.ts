import type { TenantId, VaultId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { type Erasure, Erasures } from '../../app/erasures.port.js';
import type { StorageSchema, StorageSweep, Tx } from './schema.js';

@Injectable()
export class PostgresErasures extends Erasures {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override due(tenant: TenantId, vault: VaultId): Promise<Erasure | undefined> {
    return this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('erasures')
        .select(['newest_pack as newestPack', sql<string>`noted_at::text`.as('notedAt')])
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .executeTakeFirst(),
    );
  }

  override note(tenant: TenantId, vault: VaultId): Promise<void> {
    return this.database.inTenant(tenant, (tx) => noteErasure(tx, tenant, vault));
  }

  override async end(tenant: TenantId, vault: VaultId, { notedAt }: Erasure): Promise<void> {
    await this.database.inTenant(tenant, (tx) =>
      tx
        .deleteFrom('erasures')
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('noted_at', '=', sql<Date>`${notedAt}::timestamptz`)
        .execute(),
    );
  }
}

/** Before the transaction ends that removes something. */
export async function noteErasure(tx: Tx, tenant: TenantId, vault: VaultId): Promise<void> {
  await sql`
    insert into erasures (tenant_id, vault_id, newest_pack, noted_at)
    select ${tenant}::uuid, ${vault}::uuid, coalesce(max(pack_no), 0), clock_timestamp()
    from packs where tenant_id = ${tenant} and vault_id = ${vault}
    on conflict (vault_id) do update set newest_pack = excluded.newest_pack, noted_at = excluded.noted_at`.execute(tx);
}

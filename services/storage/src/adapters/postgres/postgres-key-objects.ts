import { AppError, type TenantId, type VaultId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { KeyObjects } from '../../app/key-objects.port.js';
import { lockObjects } from './lock-objects.js';
import type { StorageSchema, StorageSweep } from './schema.js';
import { lockVault } from './vault-lock.js';

/** By then the new ones have usually been copied, and what is not waits for that. */
const REST_SECONDS = 5;

@Injectable()
export class PostgresKeyObjects extends KeyObjects {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override keepOnly(tenant: TenantId, vault: VaultId, kind: string, names: readonly string[]): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await lockVault(tx, vault);
      const kept = await sql<{ count: number }>`
        select count(*) as count from objects o
        where o.tenant_id = ${tenant} and o.vault_id = ${vault} and o.name = any(${[...names]}::text[])
          and not exists (select from deletions_due d where d.object_no = o.object_no)`.execute(tx);
      if (kept.rows[0]?.count !== names.length) throw overtaken(vault);
      const { rows } = await sql<{ object_no: number }>`
        select object_no from objects
        where tenant_id = ${tenant} and vault_id = ${vault} and name like ${`keys/%/${kind}-%`}
          and name <> all(${[...names]}::text[])`.execute(tx);
      const numbers = rows.map(({ object_no }) => object_no);
      if (numbers.length === 0) return;
      await lockObjects(tx, tenant, vault, numbers);
      await sql`delete from copies_due where object_no = any(${numbers}::bigint[])`.execute(tx);
      await sql`
        insert into deletions_due (tenant_id, vault_id, object_no, destination_id, is_snapshot, after_object_no, noted_no, not_before)
        select tenant_id, vault_id, object_no, destination_id, false, newest.no, newest.no, now() + ${REST_SECONDS} * interval '1 second'
        from object_places, (select max(object_no) as no from objects where vault_id = ${vault}) newest
        where tenant_id = ${tenant} and object_no = any(${numbers}::bigint[])
        on conflict do nothing`.execute(tx);
    });
  }
}

/** Two changes at once would let go of each other's wraps, and in the end of all. */
function overtaken(vault: VaultId): AppError {
  return new AppError('CONFLICT', "Somebody else changed the vault's keys at the same moment. Repeat your change.", {
    context: { vaultId: vault },
  });
}

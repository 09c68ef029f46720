import { parseBackupSetId, parseResourceId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { type Erasure, Erasures } from '../../app/erasures.port.js';
import type { FreeingBegin } from '../../app/marked-snapshots.port.js';
import type { ChainName } from '../../app/snapshots.port.js';
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
        .select(sql<number>`(extract(epoch from clock_timestamp() - noted_at) * 1000)::float8`.as('ageMs'))
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .executeTakeFirst(),
    );
  }

  override note(tenant: TenantId, vault: VaultId): Promise<void> {
    return this.database.inTenant(tenant, (tx) => noteErasure(tx, tenant, vault));
  }

  override reach(tenant: TenantId, vault: VaultId, erasure: Erasure, isLast: boolean): Promise<Erasure> {
    return this.database.inTenant(tenant, async (tx) => {
      const { rows } = await sql<{ newestPack: number }>`
        update erasures e set is_closed = e.is_closed or ${isLast}, newest_pack = case when e.is_closed then e.newest_pack else greatest(
          e.newest_pack, (select max(k.pack_no) from packs k where k.tenant_id = ${tenant} and k.vault_id = ${vault})) end
        where e.tenant_id = ${tenant} and e.vault_id = ${vault} and e.noted_at = ${erasure.notedAt}::timestamptz
        returning e.newest_pack as "newestPack"`.execute(tx);
      return { ...erasure, ...rows[0] };
    });
  }

  override async saveHolders(
    tenant: TenantId,
    vault: VaultId,
    holders: AsyncIterable<readonly ChainName[]>,
  ): Promise<void> {
    await this.database.inTenant(tenant, (tx) =>
      tx.deleteFrom('erasure_holders').where('tenant_id', '=', tenant).where('vault_id', '=', vault).execute(),
    );
    for await (const some of holders)
      await this.database.inTenant(tenant, (tx) =>
        tx
          .insertInto('erasure_holders')
          .values(
            some.map(({ backupSetId, resourceId }) => ({
              ...{ tenant_id: tenant, vault_id: vault },
              ...{ backup_set_id: backupSetId, resource_id: resourceId },
            })),
          )
          // Two freeings may find the same.
          .onConflict((conflict) => conflict.doNothing())
          .execute(),
      );
  }

  override async holders(
    tenant: TenantId,
    vault: VaultId,
    { after, size }: { readonly after?: ChainName | undefined; readonly size: number },
  ): Promise<readonly ChainName[]> {
    const rows = await this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('erasure_holders')
        .select(['backup_set_id', 'resource_id'])
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .$if(after !== undefined, (query) =>
          query.where(
            sql<boolean>`(backup_set_id, resource_id) > (${after?.backupSetId}::uuid, ${after?.resourceId}::text)`,
          ),
        )
        .orderBy('backup_set_id')
        .orderBy('resource_id')
        .limit(size)
        .execute(),
    );
    return rows.map(({ backup_set_id, resource_id }) => ({
      backupSetId: parseBackupSetId(backup_set_id),
      resourceId: parseResourceId(resource_id),
    }));
  }

  override end(
    tenant: TenantId,
    vault: VaultId,
    { notedAt }: Erasure,
    { newestPack: upTo, at: since }: Pick<FreeingBegin, 'newestPack' | 'at'>,
  ): Promise<boolean> {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await tx
        .selectFrom('erasures')
        .select(['newest_pack', 'is_closed'])
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('noted_at', '=', sql<Date>`${notedAt}::timestamptz`)
        .forUpdate()
        .executeTakeFirst();
      if (!row) return true;
      if (!row.is_closed || (await hasUnseen(tx, vault, { upTo, since }, row.newest_pack))) return false;
      await tx.deleteFrom('erasures').where('tenant_id', '=', tenant).where('vault_id', '=', vault).execute();
      return true;
    });
  }
}

/** Packs that the note stands for and a freeing has not looked at: newer ones, those that another one has put in the place of others since, and those that are away. */
async function hasUnseen(
  tx: Tx,
  vault: VaultId,
  { upTo, since }: { readonly upTo: number; readonly since: number },
  newest: number,
): Promise<boolean> {
  const { rows } = await sql<{ has: boolean }>`
    select exists (
      select from packs k where k.vault_id = ${vault} and k.pack_no <= ${newest}::bigint and k.state <> 'condemned'
        and (k.pack_no > ${upTo}::bigint or k.registered_at >= ${new Date(since)}::timestamptz or k.state = 'away')
        and exists (select from object_places p where p.object_no = k.pack_no)
    ) as has`.execute(tx);
  return rows[0]?.has === true;
}

/**
 * Alone with the vault, before the transaction ends in which a freeing has put a pack in the place of others. What was removed since it began may
 * be in it, for it was needed when the freeing marked: the pack counts as from before that removal.
 */
export async function extendErasure(
  tx: Tx,
  tenant: TenantId,
  vault: VaultId,
  { packNo, known }: { readonly packNo: number; readonly known: Erasure | undefined },
): Promise<void> {
  await sql`
    update erasures set newest_pack = greatest(newest_pack, ${packNo}::bigint)
    where tenant_id = ${tenant} and vault_id = ${vault}
      and noted_at is distinct from ${known?.notedAt ?? null}::timestamptz`.execute(tx);
}

/** Before the transaction ends that removes something. */
export async function noteErasure(tx: Tx, tenant: TenantId, vault: VaultId): Promise<void> {
  await sql`
    insert into erasures (tenant_id, vault_id, newest_pack, noted_at)
    select ${tenant}::uuid, ${vault}::uuid, coalesce(max(pack_no), 0), clock_timestamp()
    from packs where tenant_id = ${tenant} and vault_id = ${vault}
    on conflict (vault_id) do update
      set newest_pack = excluded.newest_pack, noted_at = excluded.noted_at, is_closed = false`.execute(tx);
}

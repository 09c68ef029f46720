import { parseBackupSetId, parseResourceId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { type Erasure, Erasures } from '../../app/erasures.port.js';
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
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .executeTakeFirst(),
    );
  }

  override note(tenant: TenantId, vault: VaultId): Promise<void> {
    return this.database.inTenant(tenant, (tx) => noteErasure(tx, tenant, vault));
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
    on conflict (vault_id) do update set newest_pack = excluded.newest_pack, noted_at = excluded.noted_at`.execute(tx);
}

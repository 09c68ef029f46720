import { parseDestinationId, parseTenantId, parseVaultId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { mayDelete } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { type DueDeletion, DueDeletions } from '../../app/due-deletions.port.js';
import { lockObjects } from './lock-objects.js';
import type { StorageSchema, StorageSweep, Tx } from './schema.js';
import { hasSnapshotFirst, isBehind } from './what-holds-deletions.js';

/** One that may not be made yet is looked at again after so long. */
const LOOK_AGAIN_MS = 30_000;
/** Looked at in one round, so that those which have to wait are not in the way of the others. */
const LOOKED_AT = 1_000;

interface DueRow {
  tenant_id: string;
  vault_id: string;
  object_no: number;
  destination_id: string;
  name: string;
  is_behind: boolean;
  has_snapshot_first: boolean;
}

@Injectable()
export class PostgresDueDeletions extends DueDeletions {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override async take(limit: number, leaseMs: number): Promise<readonly DueDeletion[]> {
    const rows = await this.database.acrossTenants('due-deletions', async (tx) => {
      const { rows: rested } = await sql<DueRow>`
        select d.tenant_id, d.vault_id, d.object_no, d.destination_id, o.name,
          ${isBehind} as is_behind, ${hasSnapshotFirst} as has_snapshot_first
        from deletions_due d join objects o on o.object_no = d.object_no
        where d.not_before <= now()
        order by d.is_snapshot desc, d.not_before limit ${LOOKED_AT} for update of d skip locked`.execute(tx);
      const [may, mayNot] = [rested.filter(isAllowed).slice(0, limit), rested.filter((row) => !isAllowed(row))];
      await rest(tx, may, leaseMs);
      await rest(tx, mayNot, LOOK_AGAIN_MS);
      return may;
    });
    return rows.map(({ tenant_id, vault_id, object_no, destination_id, name }) => ({
      tenantId: parseTenantId(tenant_id),
      vaultId: parseVaultId(vault_id),
      objectNo: object_no,
      name,
      destinationId: parseDestinationId(destination_id),
    }));
  }

  override async noteDeleted({ tenantId, vaultId, objectNo, destinationId }: DueDeletion): Promise<void> {
    await this.database.inTenant(tenantId, async (tx) => {
      await lockObjects(tx, tenantId, vaultId, [objectNo]);
      for (const table of ['object_places', 'deletions_due'] as const)
        await tx
          .deleteFrom(table)
          .where('tenant_id', '=', tenantId)
          .where('object_no', '=', objectNo)
          .where('destination_id', '=', destinationId)
          .execute();
      await forget(tx, tenantId, vaultId, sql`o.object_no = ${objectNo}::bigint`);
    });
  }

  override async postpone(
    { tenantId, objectNo, destinationId }: DueDeletion,
    { until, isLockEnd }: { readonly until: number; readonly isLockEnd: boolean },
  ): Promise<void> {
    const at = new Date(until);
    await this.database.inTenant(tenantId, async (tx) => {
      if (isLockEnd)
        await tx
          .updateTable('object_places')
          .set({ locked_until: at })
          .where('tenant_id', '=', tenantId)
          .where('object_no', '=', objectNo)
          .where('destination_id', '=', destinationId)
          .execute();
      await tx
        .updateTable('deletions_due')
        .set({ not_before: at })
        .where('tenant_id', '=', tenantId)
        .where('object_no', '=', objectNo)
        .where('destination_id', '=', destinationId)
        .execute();
    });
  }

  override async forgetGone(tenant: TenantId, vault: VaultId): Promise<void> {
    await this.database.inTenant(tenant, (tx) => forget(tx, tenant, vault, isLetGo));
  }
}

/** A destination that was taken away may have been the last to hold it, and had its deletion with it. */
const isLetGo = sql`(k.state = 'condemned' or exists (
  select from snapshots s where s.vault_id = o.vault_id and s.object_name = o.name and s.let_go_at is not null
))`;

const isAllowed = ({ is_behind, has_snapshot_first }: DueRow) =>
  mayDelete({ hasRested: true, isBehind: is_behind, hasSnapshotFirst: has_snapshot_first });

async function rest(tx: Tx, rows: readonly DueRow[], forMs: number): Promise<void> {
  await sql`
    update deletions_due d set not_before = now() + ${forMs} * interval '1 millisecond', attempts = attempts + 1
    from unnest(${rows.map(({ object_no }) => object_no)}::bigint[], ${rows.map(({ destination_id }) => destination_id)}::uuid[])
      as taken (object_no, destination_id)
    where d.object_no = taken.object_no and d.destination_id = taken.destination_id`.execute(tx);
}

/**
 * Forgets objects that no destination holds, with all that was known of them. While a task is told of a pack its row stays: by it the
 * task's commit is refused. The newest snapshot of a chain stays as a name, from which the chain goes on.
 */
async function forget(tx: Tx, tenant: TenantId, vault: VaultId, which: ReturnType<typeof sql>): Promise<void> {
  const { rows } = await sql<{ object_no: number; name: string }>`
    select o.object_no, o.name from objects o left join packs k on k.pack_no = o.object_no
    where o.tenant_id = ${tenant} and o.vault_id = ${vault} and ${which}
      and not exists (select from object_places p where p.object_no = o.object_no)
      and not exists (select from pack_pins n where n.pack_no = o.object_no)
    order by o.object_no for update of o`.execute(tx);
  const numbers = rows.map(({ object_no }) => object_no);
  if (numbers.length === 0) return;
  await sql`
    delete from chunks where tenant_id = ${tenant} and vault_id = ${vault} and pack_no = any(${numbers}::bigint[])`.execute(
    tx,
  );
  await sql`
    with gone as (
      delete from snapshots s
      where s.tenant_id = ${tenant} and s.vault_id = ${vault} and s.let_go_at is not null
        and s.object_name = any(${rows.map(({ name }) => name)}::text[])
        and not exists (select from chains c where c.vault_id = s.vault_id and c.head_snapshot_id = s.snapshot_id)
      returning s.vault_id, s.backup_set_id, s.snapshot_id)
    delete from retention_verdicts v using gone
    where v.vault_id = gone.vault_id and v.backup_set_id = gone.backup_set_id and v.snapshot_id = gone.snapshot_id`.execute(
    tx,
  );
  for (const table of ['pack_doubles', 'packs'] as const)
    await tx.deleteFrom(table).where('tenant_id', '=', tenant).where('pack_no', 'in', numbers).execute();
  for (const table of ['copies_due', 'deletions_due', 'objects'] as const)
    await tx.deleteFrom(table).where('tenant_id', '=', tenant).where('object_no', 'in', numbers).execute();
}

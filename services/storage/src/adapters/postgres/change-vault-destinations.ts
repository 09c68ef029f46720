import { AppError, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { sql } from 'kysely';
import type { Tx } from './schema.js';

/** No check has found it. */
const NO_JOB = '00000000-0000-0000-0000-000000000000';

/** One vault, the destinations that it has and those that it is to have. */
export interface DestinationChange {
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly present: readonly DestinationId[];
  readonly wanted: readonly DestinationId[];
}

/** Under the lock of vault-members.ts, so that nothing lies where nobody looks. */
export async function changeVaultDestinations(tx: Tx, change: DestinationChange): Promise<void> {
  const { tenant, vault, present, wanted } = change;
  await removeOthers(tx, change);
  // A position may be given once: the old ones step aside first.
  await sql`
    update vault_destinations set position = -1 - position
    where tenant_id = ${tenant} and vault_id = ${vault}`.execute(tx);
  await sql`
    insert into vault_destinations (tenant_id, vault_id, destination_id, position, is_claimed)
    select ${tenant}, ${vault}, w.destination_id, w.position - 1, true
    from unnest(${[...wanted]}::uuid[]) with ordinality w (destination_id, position)
    on conflict (vault_id, destination_id) do update set position = excluded.position`.execute(tx);
  await sql`
    insert into lock_looks (tenant_id, vault_id, destination_id)
    select tenant_id, vault_id, destination_id from vault_destinations
    where tenant_id = ${tenant} and vault_id = ${vault}
    on conflict do nothing`.execute(tx);
  const added = wanted.filter((id) => !present.includes(id));
  await sql`
    insert into copies_due (tenant_id, vault_id, object_no, destination_id, not_before)
    select o.tenant_id, o.vault_id, o.object_no, a.destination_id,
      -- Behind the packs, so that whoever has this destination alone takes no snapshot for whole before it is.
      now() + case when o.name like 'snapshots/%' then interval '1 microsecond' else interval '0' end
    from objects o cross join unnest(${added}::uuid[]) a (destination_id)
    where o.tenant_id = ${tenant} and o.vault_id = ${vault}
      and not exists (select from deletions_due d where d.object_no = o.object_no)
    on conflict do nothing`.execute(tx);
}

async function removeOthers(tx: Tx, { tenant, vault, present, wanted }: DestinationChange): Promise<void> {
  const removed = present.filter((id) => !wanted.includes(id));
  if (removed.length === 0) return;
  // Packs that are away count as lost already: the index denies them, and backups have stored anew what they held. What waits for its
  // deletion is needed by nothing, and what lies nowhere is not lost by this.
  const { rows } = await sql<{ only: number }>`
    select count(*) as only from objects o
    where o.tenant_id = ${tenant} and o.vault_id = ${vault}
      and not exists (select from packs k where k.pack_no = o.object_no and k.state = 'away')
      and not exists (select from deletions_due d where d.object_no = o.object_no)
      and exists (select from object_places p where p.object_no = o.object_no)
      and not exists (
        select from object_places p
        where p.object_no = o.object_no and p.destination_id = any(${present.filter((id) => wanted.includes(id))}::uuid[])
      )`.execute(tx);
  const only = rows[0]?.only ?? 0;
  if (only > 0)
    throw new AppError(
      'FAILED_PRECONDITION',
      `${only} objects of the vault lie nowhere but at destinations that are to be taken away. Wait until another has caught up, then take them away.`,
      { context: { vaultId: vault, objects: only } },
    );
  for (const table of ['object_places', 'deletions_due', 'findings', 'copies_due', 'vault_destinations'] as const)
    await tx
      .deleteFrom(table)
      .where('tenant_id', '=', tenant)
      .where('vault_id', '=', vault)
      .where('destination_id', 'in', removed)
      .execute();
  await quarantineLost(tx, { tenant, vault, present, wanted });
}

/**
 * What was away is now nowhere. Found missing where the vault goes on, so that checks name the items that need it, and the next backups read
 * these anew.
 */
async function quarantineLost(tx: Tx, { tenant, vault, wanted }: DestinationChange): Promise<void> {
  await sql`
    with lost as (
      select k.pack_no, o.name from packs k join objects o on o.object_no = k.pack_no
      where k.tenant_id = ${tenant} and k.vault_id = ${vault} and k.state in ('away', 'quarantined')
        and not exists (select from object_places p where p.object_no = k.pack_no)
    ), turned as (
      update packs k set state = 'quarantined' from lost where k.pack_no = lost.pack_no
    ), resting as (
      update copies_due c set not_before = 'infinity' from lost where c.object_no = lost.pack_no
    )
    insert into findings (tenant_id, vault_id, object_name, destination_id, damage, state, bytes, job_id)
    select ${tenant}::uuid, ${vault}::uuid, name, ${wanted[0]}::uuid, 'missing', 'quarantined', 0, ${NO_JOB}::uuid from lost
    where not exists (
      select from findings f where f.vault_id = ${vault} and f.object_name = lost.name and f.state = 'quarantined')
    on conflict (vault_id, object_name, destination_id) do update
      set damage = 'missing', state = 'quarantined', bytes = 0, job_id = excluded.job_id, found_at = now(), mended_at = null`.execute(
    tx,
  );
}

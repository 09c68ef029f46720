import { AppError, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { sql } from 'kysely';
import type { StoredObject } from '../../app/object-places.port.js';
import { fromHex } from './from-hex.js';
import type { Tx } from './schema.js';
import { shareMember } from './vault-members.js';

/** One object at one destination of a vault. */
export interface PlaceToRecord {
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly object: StoredObject;
  readonly destination: DestinationId;
}

/** Notes that a destination holds an object, and that the vault's other destinations owe a copy; answers the object's number. */
export async function recordPlace(tx: Tx, { tenant, vault, object, destination }: PlaceToRecord): Promise<number> {
  await demandMember(tx, tenant, vault, destination);
  const { name, bytes, sha256 } = object;
  const { object_no } = await tx
    .insertInto('objects')
    .values({ tenant_id: tenant, vault_id: vault, name, bytes, sha256: fromHex(sha256) })
    // Answers the number of the row that is there, and sets its length right: who tells of a place has seen the object.
    .onConflict((conflict) =>
      conflict.columns(['vault_id', 'name']).doUpdateSet({
        bytes: sql<number>`case when objects.sha256 = excluded.sha256 then excluded.bytes else objects.bytes end`,
      }),
    )
    .returning('object_no')
    .executeTakeFirstOrThrow();
  await tx
    .insertInto('object_places')
    .values({ tenant_id: tenant, vault_id: vault, object_no, destination_id: destination })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await tx
    .deleteFrom('copies_due')
    .where('object_no', '=', object_no)
    .where('destination_id', '=', destination)
    .execute();
  await sql`
    insert into copies_due (tenant_id, vault_id, object_no, destination_id)
    select d.tenant_id, d.vault_id, ${object_no}::bigint, d.destination_id from vault_destinations d
    where d.tenant_id = ${tenant} and d.vault_id = ${vault}
      and not exists (select from object_places p where p.object_no = ${object_no} and p.destination_id = d.destination_id)
    on conflict (object_no, destination_id) do update set not_before = now(), attempts = 0 where copies_due.not_before = 'infinity'`.execute(
    tx,
  );
  await noteWhole(tx, { tenant, vault, name, destination });
  if (await isUnwanted(tx, tenant, vault, name)) await deleteAgain(tx, { tenant, vault, object_no, destination });
  // A pack that was away or damaged is back; of its chunks, some may lie elsewhere by now.
  await sql`
    update packs set state = 'live', chunks = (
      select count(*) from chunks c where c.tenant_id = ${tenant} and c.vault_id = ${vault} and c.pack_no = ${object_no}::bigint)
    where tenant_id = ${tenant} and pack_no = ${object_no}::bigint and state in ('away', 'quarantined')`.execute(tx);
  return object_no;
}

/**
 * Whoever copied it, or told of it again, did not know that nothing needs it any more. Of a key object that was replaced, copies that were on
 * their way meanwhile would open the vault for ever.
 */
async function isUnwanted(tx: Tx, tenant: TenantId, vault: VaultId, name: string): Promise<boolean> {
  const { rows } = await sql<{ is_unwanted: boolean }>`
    select exists (
      select from packs k join objects o on o.object_no = k.pack_no
      where o.tenant_id = ${tenant} and o.vault_id = ${vault} and o.name = ${name} and k.state = 'condemned'
    ) or exists (
      select from snapshots s
      where s.tenant_id = ${tenant} and s.vault_id = ${vault} and s.object_name = ${name} and s.let_go_at is not null
    ) or exists (
      select from deletions_due d join objects o on o.object_no = d.object_no
      where o.tenant_id = ${tenant} and o.vault_id = ${vault} and o.name = ${name} and o.name like 'keys/%'
    ) as is_unwanted`.execute(tx);
  return rows[0]?.is_unwanted === true;
}

async function deleteAgain(
  tx: Tx,
  {
    tenant,
    vault,
    object_no,
    destination,
  }: Pick<PlaceToRecord, 'tenant' | 'vault' | 'destination'> & { object_no: number },
): Promise<void> {
  await tx.deleteFrom('copies_due').where('object_no', '=', object_no).execute();
  // What needs the pack may lie there until now; what a snapshot needs may have waited for nothing but its own.
  await sql`
    insert into deletions_due (tenant_id, vault_id, object_no, destination_id, is_snapshot, after_object_no, noted_no, not_before)
    select ${tenant}, ${vault}, ${object_no}, ${destination}, is_snapshot, ${object_no},
      case when is_snapshot then 0 else (select max(object_no) from objects where vault_id = ${vault}) end, now()
    from (
      select exists (select from snapshots s where s.vault_id = o.vault_id and s.object_name = o.name) as is_snapshot
      from objects o where o.object_no = ${object_no}::bigint
    ) what
    on conflict do nothing`.execute(tx);
}

/** Whoever takes the destination away waits, or has been before. */
async function demandMember(tx: Tx, tenant: TenantId, vault: VaultId, destination: DestinationId): Promise<void> {
  if (await shareMember(tx, tenant, vault, destination)) return;
  throw new AppError(
    'STORE_UNAVAILABLE',
    `The vault does not use destination ${destination} any more. Ask for another place.`,
    { context: { destinationId: destination } },
  );
}

/** It is whole here, so what is wrong elsewhere can be mended from here. */
async function noteWhole(
  tx: Tx,
  { tenant, vault, name, destination }: Pick<PlaceToRecord, 'tenant' | 'vault' | 'destination'> & { name: string },
): Promise<void> {
  await sql`
    update findings set
      state = case when destination_id = ${destination}::uuid then 'mended' else 'open' end,
      mended_at = case when destination_id = ${destination}::uuid then now() end, snapshots = '[]'
    where tenant_id = ${tenant} and vault_id = ${vault} and object_name = ${name} and state in ('open', 'quarantined')`.execute(
    tx,
  );
}

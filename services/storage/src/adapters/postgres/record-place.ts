import type { DestinationId, TenantId, VaultId } from '@holdfast/kernel';
import { sql } from 'kysely';
import type { StoredObject } from '../../app/object-places.port.js';
import { fromHex } from './from-hex.js';
import type { Tx } from './schema.js';

/** One object at one destination of a vault. */
export interface PlaceToRecord {
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly object: StoredObject;
  readonly destination: DestinationId;
}

/** Notes that a destination holds an object, and that the vault's other destinations owe a copy; answers the object's number. */
export async function recordPlace(tx: Tx, { tenant, vault, object, destination }: PlaceToRecord): Promise<number> {
  const { name, bytes, sha256 } = object;
  const { object_no } = await tx
    .insertInto('objects')
    .values({ tenant_id: tenant, vault_id: vault, name, bytes, sha256: fromHex(sha256) })
    // Changes nothing, but answers the number of the row that is there.
    .onConflict((conflict) => conflict.columns(['vault_id', 'name']).doUpdateSet({ name }))
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
    on conflict do nothing`.execute(tx);
  // A pack that was away is back; of its chunks, some may lie elsewhere by now.
  await sql`
    update packs set state = 'live', chunks = (
      select count(*) from chunks c where c.tenant_id = ${tenant} and c.vault_id = ${vault} and c.pack_no = ${object_no}::bigint)
    where tenant_id = ${tenant} and pack_no = ${object_no}::bigint and state = 'away'`.execute(tx);
  return object_no;
}

import type { PackName } from '@holdfast/kernel';
import { sql } from 'kysely';
import { fromHex } from './from-hex.js';
import type { Tx } from './schema.js';

/** A snapshot's new packs, and the epoch under which its task was told of others. */
export interface PacksOfTask {
  readonly epoch: number;
  readonly newPacks: readonly PackName[];
}

/** Those of the vault's destinations that have every one of these packs, in the vault's order. */
export async function destinationsOfAll(
  tx: Tx,
  tenant: string,
  vault: string,
  { epoch, newPacks }: PacksOfTask,
): Promise<readonly string[]> {
  const names = [...new Set(newPacks)].map(fromHex);
  const { rows } = await sql<{ destination_id: string }>`
    with named as (
      select pack_no from packs where tenant_id = ${tenant} and vault_id = ${vault} and name = any(${names}::bytea[])
    ), needed as (
      select pack_no from named
      union select pack_no from pack_pins where tenant_id = ${tenant} and vault_id = ${vault} and epoch = ${epoch}
    )
    select d.destination_id from vault_destinations d
    where d.tenant_id = ${tenant} and d.vault_id = ${vault}
      and (select count(*) from named) = ${names.length}
      and not exists (
        select from needed n
        where not exists (select from object_places p where p.object_no = n.pack_no and p.destination_id = d.destination_id)
      )
    order by d.position`.execute(tx);
  return rows.map(({ destination_id }) => destination_id);
}

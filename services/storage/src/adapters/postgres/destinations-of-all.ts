import type { PackName } from '@holdfast/kernel';
import { sql } from 'kysely';
import { fromHex } from './from-hex.js';
import type { Tx } from './schema.js';

/** Those of the vault's destinations that have every one of these packs, in the vault's order. */
export async function destinationsOfAll(
  tx: Tx,
  tenant: string,
  vault: string,
  packs: readonly PackName[],
): Promise<readonly string[]> {
  const names = [...new Set(packs)].map(fromHex);
  const { rows } = await sql<{ destination_id: string }>`
    select d.destination_id from vault_destinations d
    where d.tenant_id = ${tenant} and d.vault_id = ${vault}
      and (
        select count(*) from packs k join object_places p on p.object_no = k.pack_no
        where k.vault_id = d.vault_id and p.destination_id = d.destination_id and k.name = any(${names}::bytea[])
      ) = ${names.length}
    order by d.position`.execute(tx);
  return rows.map(({ destination_id }) => destination_id);
}

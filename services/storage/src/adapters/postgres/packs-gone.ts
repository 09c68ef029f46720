import { parsePackName, type PackName, type TenantId, type VaultId } from '@holdfast/kernel';
import { sql } from 'kysely';
import { fromHex } from './from-hex.js';
import type { PacksOfTask } from './destinations-of-all.js';
import type { Tx } from './schema.js';

/**
 * Those of the packs that a snapshot builds on which the vault does not have or does not keep, at most `limit`: packs that it names,
 * packs in which its task was told that chunks lie, and packs that had the chunks of a named one before.
 */
export async function packsGoneIn(
  tx: Tx,
  tenant: TenantId,
  vault: VaultId,
  { epoch, newPacks }: PacksOfTask,
  limit: number,
): Promise<readonly PackName[]> {
  const names = newPacks.map(fromHex);
  const { rows } = await sql<{ name: Buffer }>`
    select wanted.name from unnest(${names}::bytea[]) as wanted (name)
    where not exists (
      select from packs k
      where k.tenant_id = ${tenant} and k.vault_id = ${vault} and k.name = wanted.name and k.state = 'live'
    )
    union
    select k.name from pack_pins n join packs k on k.pack_no = n.pack_no
    where n.tenant_id = ${tenant} and n.vault_id = ${vault} and n.epoch = ${epoch} and k.state <> 'live'
    union
    select k.name from packs k join pack_doubles d on d.pack_no = k.pack_no
    left join packs h on h.pack_no = d.holder_no and h.state = 'live'
    where k.tenant_id = ${tenant} and k.vault_id = ${vault} and k.name = any(${names}::bytea[]) and h.pack_no is null
    limit ${limit}`.execute(tx);
  return rows.map(({ name }) => parsePackName(name.toString('hex')));
}

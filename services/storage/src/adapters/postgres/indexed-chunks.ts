import type { TenantId, VaultId } from '@holdfast/kernel';
import { parsePackName } from '@holdfast/kernel';
import { sql } from 'kysely';
import type { PackEntries, RegisteredPack } from '../../app/chunk-index.port.js';
import { entryFrom, insertChunks, type PlacedChunkRow } from './chunk-rows.js';
import { fromHex } from './from-hex.js';
import type { Tx } from './schema.js';

interface PackInVault {
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly pack: RegisteredPack;
}

/** Where the index finds each chunk of the pack's trailer, and all that it believes to lie in the pack. */
export async function indexedChunks(tx: Tx, { tenant, vault, pack }: PackInVault): Promise<readonly PackEntries[]> {
  const { rows } = await sql<PlacedChunkRow>`
    select p.name, p.pack_id, p.branch, c.chunk_id, c.pack_offset, c.sealed_bytes, c.plain_bytes, c.birth_pack_id, c.birth_counter
    from chunks c join packs p on p.pack_no = c.pack_no
    where c.tenant_id = ${tenant} and c.vault_id = ${vault} and (
      c.chunk_id = any(${pack.entries.map(({ chunkId }) => fromHex(chunkId))}::bytea[])
      or c.pack_no = (select k.pack_no from packs k
        where k.tenant_id = ${tenant} and k.vault_id = ${vault} and k.name = ${fromHex(pack.name)}))`.execute(tx);
  return [...Map.groupBy(rows, ({ name }) => name.toString('hex'))].map(([name, inPack]) => ({
    pack: parsePackName(name),
    branch: inPack[0]?.branch ?? 'data',
    entries: inPack.map(entryFrom),
  }));
}

/** Takes what the pack says in place of what the index believed to lie there. Chunks that lie in another pack as well stay there. */
export async function reindexPack(tx: Tx, { tenant, vault, pack }: PackInVault): Promise<void> {
  const row = await tx
    .selectFrom('packs')
    .select('pack_no')
    .where('tenant_id', '=', tenant)
    .where('vault_id', '=', vault)
    .where('name', '=', fromHex(pack.name))
    .forUpdate()
    .executeTakeFirst();
  if (!row) return;
  const packNo = row.pack_no;
  await tx
    .deleteFrom('chunks')
    .where('tenant_id', '=', tenant)
    .where('vault_id', '=', vault)
    .where('pack_no', '=', packNo)
    .execute();
  await tx
    .updateTable('packs')
    .set({ pack_id: fromHex(pack.packId), branch: pack.branch })
    .where('pack_no', '=', packNo)
    .execute();
  const chunks = await insertChunks(tx, { tenant, vault, packNo, pack });
  await tx.updateTable('packs').set({ chunks }).where('pack_no', '=', packNo).execute();
}

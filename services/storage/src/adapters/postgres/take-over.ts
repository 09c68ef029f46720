import { AppError, type TenantId, type VaultId } from '@holdfast/kernel';
import { packObjectName } from '@holdfast/vault';
import { sql } from 'kysely';
import type { RegisteredPack } from '../../app/chunk-index.port.js';
import { fromHex } from './from-hex.js';
import { recordPlace } from './record-place.js';
import type { Tx } from './schema.js';

/** A pack that nobody has registered by then is deleted where it was put. */
const ANNOUNCED_FOR = sql`interval '1 day'`;

/** Chunks that one statement moves. */
const BATCH = 1_000;

interface Repacked {
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly pack: RegisteredPack;
  /** The packs whose chunks it takes over. */
  readonly from: readonly number[];
}

/** Written ahead of the PUT: whoever puts the pack and dies leaves the deletion of what it put. */
export async function announceIn(tx: Tx, tenant: TenantId, vault: VaultId, pack: RegisteredPack): Promise<void> {
  await sql`
    with object as (
      insert into objects (tenant_id, vault_id, name, bytes, sha256)
      values (${tenant}, ${vault}, ${packObjectName(pack.name)}, ${pack.bytes}, ${fromHex(pack.name)})
      returning tenant_id, vault_id, object_no
    )
    insert into deletions_due (tenant_id, vault_id, object_no, destination_id, is_snapshot, after_object_no, noted_no, not_before)
    select tenant_id, vault_id, object_no, ${pack.destinationId}::uuid, false, object_no, object_no, now() + ${ANNOUNCED_FOR}
    from object`.execute(tx);
}

/** Nothing is left that the pack could stand for, so nobody will register it: what was put of it goes at once. */
export async function abandonIn(tx: Tx, tenant: TenantId, vault: VaultId, { name }: RegisteredPack): Promise<void> {
  await sql`
    update deletions_due d set not_before = now() from objects o
    where o.object_no = d.object_no and o.tenant_id = ${tenant} and o.vault_id = ${vault}
      and o.name = ${packObjectName(name)} and d.attempts = 0`.execute(tx);
}

/** From here on the index finds in the pack those of its chunks that it found in the packs it was made of. Answers its number. */
export async function takeOver(tx: Tx, { tenant, vault, pack, from }: Repacked): Promise<number> {
  await withdraw(tx, tenant, vault, pack);
  const object = { name: packObjectName(pack.name), bytes: pack.bytes, sha256: pack.name };
  const packNo = await recordPlace(tx, { tenant, vault, object, destination: pack.destinationId });
  let moved = 0;
  for (let at = 0; at < pack.entries.length; at += BATCH)
    moved += await move(tx, { tenant, vault, packNo, from }, pack.entries.slice(at, at + BATCH));
  await tx
    .insertInto('packs')
    .values({
      tenant_id: tenant,
      vault_id: vault,
      pack_no: packNo,
      name: fromHex(pack.name),
      pack_id: fromHex(pack.packId),
      branch: pack.branch,
      bytes: pack.bytes,
      chunks: moved,
      // Of this moment, when it has the vault alone, and not of the transaction's beginning: what began before has not looked at it.
      registered_at: sql`clock_timestamp()`,
    })
    .execute();
  return packNo;
}

/** Takes the announcement back, unless somebody has begun to delete what it announced. */
async function withdraw(tx: Tx, tenant: TenantId, vault: VaultId, { name }: RegisteredPack): Promise<void> {
  const { numAffectedRows } = await sql`
    delete from deletions_due d using objects o
    where o.object_no = d.object_no and o.tenant_id = ${tenant} and o.vault_id = ${vault}
      and o.name = ${packObjectName(name)} and d.attempts = 0`.execute(tx);
  if (numAffectedRows === 1n) return;
  throw new AppError(
    'CONFLICT',
    'A repacked pack was not registered in time, and is deleted again. Free space again.',
    {
      context: { pack: name },
    },
  );
}

async function move(
  tx: Tx,
  { tenant, vault, packNo, from }: Omit<Repacked, 'pack'> & { readonly packNo: number },
  batch: RegisteredPack['entries'],
): Promise<number> {
  const { numAffectedRows } = await sql`
    update chunks c set pack_no = ${packNo}::bigint, pack_offset = entry.pack_offset, birth_pack_id = entry.birth_pack_id,
      birth_counter = entry.birth_counter
    from unnest(
      ${batch.map(({ chunkId }) => fromHex(chunkId))}::bytea[],
      ${batch.map(({ offset }) => offset)}::int[],
      ${batch.map(({ birthPackId }) => fromHex(birthPackId))}::bytea[],
      ${batch.map(({ birthCounter }) => birthCounter)}::int[]
    ) as entry (chunk_id, pack_offset, birth_pack_id, birth_counter)
    where c.tenant_id = ${tenant} and c.vault_id = ${vault} and c.chunk_id = entry.chunk_id
      and c.pack_no = any(${[...from]}::bigint[])`.execute(tx);
  return Number(numAffectedRows ?? 0n);
}

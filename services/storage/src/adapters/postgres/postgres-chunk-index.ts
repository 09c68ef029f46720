import {
  parseChunkId,
  parsePackName,
  type ChunkId,
  type DestinationId,
  type PackName,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { packObjectName, type TrailerEntry } from '@holdfast/vault';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { ChunkIndex, type NeededPacks, type PackEntries, type RegisteredPack } from '../../app/chunk-index.port.js';
import type { TaskFence } from '../../app/task-fence.js';
import { entryFrom, insertChunks, type PlacedChunkRow } from './chunk-rows.js';
import { recordPlace } from './record-place.js';
import { fromHex } from './from-hex.js';
import { packsGoneIn } from './packs-gone.js';
import { pinPacks } from './pin-packs.js';
import { passFence } from './postgres-fences.js';
import type { StorageSchema, StorageSweep, Tx } from './schema.js';
import { shareVault } from './vault-lock.js';

/** Chunks read at once where all of a vault are. */
const PAGE = 10_000;
/** Packs read at once where all that a task needs are. */
const PACK_PAGE = 1_000;

@Injectable()
export class PostgresChunkIndex extends ChunkIndex {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override async presentPacks(
    tenant: TenantId,
    vault: VaultId,
    packs: readonly PackName[],
  ): Promise<ReadonlySet<PackName>> {
    const rows = await this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('packs')
        .select('name')
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('state', '=', 'live')
        .where(sql<boolean>`name = any(${packs.map(fromHex)}::bytea[])`)
        .execute(),
    );
    return new Set(rows.map(({ name }) => parsePackName(name.toString('hex'))));
  }

  override async missingPacks(
    tenant: TenantId,
    vault: VaultId,
    needed: NeededPacks,
    limit: number,
  ): Promise<readonly PackName[]> {
    return this.database.inTenant(tenant, (tx) => packsGoneIn(tx, tenant, vault, needed, limit));
  }

  override async *neededPacks(
    tenant: TenantId,
    vault: VaultId,
    { epoch, newPacks }: NeededPacks,
  ): AsyncGenerator<readonly PackName[]> {
    for (let from = 0; from < newPacks.length; from += PACK_PAGE) yield newPacks.slice(from, from + PACK_PAGE);
    for (let last = 0; ;) {
      const after = last;
      const { rows } = await this.database.inTenant(tenant, (tx) =>
        sql<{ name: Buffer; pack_no: number }>`
          select k.name, k.pack_no from pack_pins n join packs k on k.pack_no = n.pack_no
          where n.tenant_id = ${tenant} and n.vault_id = ${vault} and n.epoch = ${epoch} and n.pack_no > ${after}
          order by n.pack_no limit ${PACK_PAGE}`.execute(tx),
      );
      if (rows.length === 0) return;
      yield rows.map(packNameOf);
      last = rows.at(-1)?.pack_no ?? after;
    }
  }

  override async setAway(
    tenant: TenantId,
    vault: VaultId,
    packs: readonly PackName[],
    destinations: readonly DestinationId[],
  ): Promise<void> {
    await this.database.inTenant(tenant, (tx) =>
      sql`
        update packs k set state = 'away'
        where k.tenant_id = ${tenant} and k.vault_id = ${vault} and k.state = 'live'
          and k.name = any(${packs.map(fromHex)}::bytea[])
          and not exists (
            select from object_places p
            where p.object_no = k.pack_no and p.destination_id <> all(${[...destinations]}::uuid[])
          )`.execute(tx),
    );
  }

  override async register(
    tenant: TenantId,
    vault: VaultId,
    pack: RegisteredPack,
    prove: (placed: readonly PackEntries[]) => void,
    fence?: TaskFence,
  ): Promise<number> {
    return this.database.inTenant(tenant, async (tx) => {
      await shareVault(tx, vault);
      if (fence) await passFence(tx, tenant, fence);
      const object = { name: packObjectName(pack.name), bytes: pack.bytes, sha256: pack.name };
      const packNo = await recordPlace(tx, { tenant, vault, object, destination: pack.destinationId });
      const row = { tenant_id: tenant, vault_id: vault, pack_no: packNo, name: fromHex(pack.name) };
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('packs')
        .values({ ...row, pack_id: fromHex(pack.packId), branch: pack.branch, bytes: pack.bytes, chunks: 0 })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      if (numInsertedOrUpdatedRows === 0n) return packNo;
      const chunks = await insertChunks(tx, { tenant, vault, packNo, pack });
      await tx.updateTable('packs').set({ chunks }).where('pack_no', '=', packNo).execute();
      const ids = pack.entries.map(({ chunkId }) => chunkId);
      const placed = await locateIn(tx, { tenant, vault }, ids);
      prove(placed);
      const others = placed.filter(({ pack: name }) => name !== pack.name).map(({ pack: name }) => name);
      await noteDoubles(tx, { tenant, vault, packNo }, others);
      return packNo;
    });
  }

  override async findKnown(
    tenant: TenantId,
    vault: VaultId,
    fence: TaskFence,
    chunks: readonly ChunkId[],
  ): Promise<ReadonlySet<ChunkId>> {
    return this.database.inTenant(tenant, async (tx) => {
      await shareVault(tx, vault);
      await passFence(tx, tenant, fence);
      const { rows } = await sql<{ chunk_id: Buffer; pack_no: number }>`
        select c.chunk_id, c.pack_no from unnest(${chunks.map(fromHex)}::bytea[]) as wanted (chunk_id)
        join chunks c on c.tenant_id = ${tenant} and c.vault_id = ${vault} and c.chunk_id = wanted.chunk_id
        join packs p on p.pack_no = c.pack_no and p.state = 'live'`.execute(tx);
      await pinPacks(
        tx,
        tenant,
        fence,
        rows.map(({ pack_no }) => pack_no),
      );
      return new Set(rows.map(chunkIdOf));
    });
  }

  override async locate(tenant: TenantId, vault: VaultId, chunks: readonly ChunkId[]): Promise<readonly PackEntries[]> {
    return this.database.inTenant(tenant, (tx) => locateIn(tx, { tenant, vault }, chunks));
  }

  override async entriesOf(tenant: TenantId, vault: VaultId, pack: PackName): Promise<readonly TrailerEntry[]> {
    const { rows } = await this.database.inTenant(tenant, (tx) =>
      sql<PlacedChunkRow>`
        select p.name, p.pack_id, p.branch, c.chunk_id, c.pack_offset, c.sealed_bytes, c.plain_bytes, c.birth_pack_id, c.birth_counter
        from packs p join chunks c on c.tenant_id = p.tenant_id and c.vault_id = p.vault_id and c.pack_no = p.pack_no
        where p.tenant_id = ${tenant} and p.vault_id = ${vault} and p.name = ${fromHex(pack)}`.execute(tx),
    );
    return rows.map(entryFrom);
  }

  override async size(
    tenant: TenantId,
    vault: VaultId,
  ): Promise<{ readonly chunks: number; readonly newestPack: number }> {
    const row = await this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('packs')
        .select(sql<number>`coalesce(sum(chunks), 0)::bigint`.as('chunks'))
        .select(sql<number>`coalesce(max(pack_no), 0)::bigint`.as('newestPack'))
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .executeTakeFirstOrThrow(),
    );
    return row;
  }

  override async *allChunks(tenant: TenantId, vault: VaultId): AsyncGenerator<readonly ChunkId[]> {
    for (let last: Buffer = Buffer.alloc(0); ;) {
      const after = last;
      const rows = await this.database.inTenant(tenant, (tx) =>
        chunksOf(tx, tenant, vault).where('chunk_id', '>', after).orderBy('chunk_id').limit(PAGE).execute(),
      );
      const end = rows.at(-1);
      if (!end) return;
      last = end.chunk_id;
      yield rows.map(chunkIdOf);
    }
  }

  override async packsAfter(tenant: TenantId, vault: VaultId, packNo: number): Promise<readonly number[]> {
    const rows = await this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('packs')
        .select('pack_no')
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('pack_no', '>', packNo)
        .orderBy('pack_no')
        .execute(),
    );
    return rows.map(({ pack_no }) => pack_no);
  }

  override async chunksIn(tenant: TenantId, vault: VaultId, packNo: number): Promise<readonly ChunkId[]> {
    const rows = await this.database.inTenant(tenant, (tx) =>
      chunksOf(tx, tenant, vault).where('pack_no', '=', packNo).execute(),
    );
    return rows.map(chunkIdOf);
  }
}

const chunksOf = (tx: Tx, tenant: TenantId, vault: VaultId) =>
  tx.selectFrom('chunks').select('chunk_id').where('tenant_id', '=', tenant).where('vault_id', '=', vault);

const chunkIdOf = ({ chunk_id }: { readonly chunk_id: Buffer }): ChunkId => parseChunkId(chunk_id.toString('hex'));

/** What builds on this pack builds on those that had its chunks before as well. */
async function noteDoubles(
  tx: Tx,
  { tenant, vault, packNo }: { readonly tenant: TenantId; readonly vault: VaultId; readonly packNo: number },
  holders: readonly PackName[],
): Promise<void> {
  if (holders.length === 0) return;
  await sql`
    insert into pack_doubles (tenant_id, vault_id, pack_no, holder_no)
    select k.tenant_id, k.vault_id, ${packNo}::bigint, k.pack_no from packs k
    where k.tenant_id = ${tenant} and k.vault_id = ${vault} and k.name = any(${holders.map(fromHex)}::bytea[])`.execute(
    tx,
  );
}

async function locateIn(
  tx: Tx,
  { tenant, vault }: { readonly tenant: TenantId; readonly vault: VaultId },
  chunks: readonly ChunkId[],
): Promise<readonly PackEntries[]> {
  const { rows } = await sql<PlacedChunkRow>`
    select p.name, p.pack_id, p.branch, c.chunk_id, c.pack_offset, c.sealed_bytes, c.plain_bytes, c.birth_pack_id, c.birth_counter
    from unnest(${chunks.map(fromHex)}::bytea[]) as wanted (chunk_id)
    join chunks c on c.tenant_id = ${tenant} and c.vault_id = ${vault} and c.chunk_id = wanted.chunk_id
    join packs p on p.pack_no = c.pack_no`.execute(tx);
  return [...Map.groupBy(rows, ({ name }) => name.toString('hex'))].map(([name, inPack]) => ({
    pack: parsePackName(name),
    branch: inPack[0]?.branch ?? 'data',
    entries: inPack.map(entryFrom),
  }));
}

const packNameOf = ({ name }: { readonly name: Buffer }) => parsePackName(name.toString('hex'));

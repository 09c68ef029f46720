import {
  parseChunkId,
  parsePackId,
  parsePackName,
  parseResourceId,
  parseTaskId,
  type ChunkId,
  type VaultId,
} from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { randomUUID } from 'node:crypto';
import type { RegisteredPack } from '../../app/chunk-index.port.js';
import type { TaskFence } from '../../app/task-fence.js';
import { fromHex } from './from-hex.js';
import { PostgresChunkIndex } from './postgres-chunk-index.js';
import { PostgresFences } from './postgres-fences.js';
import { newVault, near, ours, randomId, theirs, useStorageDatabase } from './test-database.suite.js';

const database = useStorageDatabase();
const index = () => new PostgresChunkIndex(database());
const chunkIds = (count: number) => Array.from({ length: count }, () => randomId(parseChunkId));
const fence = (vaultId: VaultId, epoch = 1): TaskFence => ({
  vaultId,
  backupSetId: undefined,
  resourceId: parseResourceId('mail.u1'),
  taskId: parseTaskId(randomUUID()),
  epoch,
  isResumed: false,
});

function packOf(chunks: readonly ChunkId[]): RegisteredPack {
  const packId = randomId(parsePackId, 16);
  const entries = chunks.map((chunkId, at) => ({
    chunkId,
    offset: 48 + at * 100,
    sealedBytes: 100,
    plainBytes: 83,
    birthPackId: packId,
    birthCounter: at,
  }));
  return { name: randomId(parsePackName), bytes: 1_000, branch: 'data', destinationId: near, packId, entries };
}

const believe = () => undefined;

/** As if a task had been told of chunks in so many packs. */
async function pinManyPacks(vault: VaultId, { taskId, epoch }: TaskFence, count: number): Promise<void> {
  await database().inTenant(ours, (tx) =>
    sql`
      with o as (
        insert into objects (tenant_id, vault_id, name, bytes, sha256)
        select ${ours}::uuid, ${vault}::uuid, 'packs/' || n, 1, sha256(n::text::bytea) from generate_series(1, ${count}::int) n
        returning object_no, sha256
      ), p as (
        insert into packs (tenant_id, vault_id, pack_no, name, pack_id, branch, bytes, chunks)
        select ${ours}::uuid, ${vault}::uuid, object_no, sha256, sha256, 'data', 1, 0 from o returning pack_no
      )
      insert into pack_pins (tenant_id, vault_id, pack_no, task_id, epoch)
      select ${ours}::uuid, ${vault}::uuid, pack_no, ${taskId}::uuid, ${epoch}::bigint from p`.execute(tx),
  );
}

describe('PostgresChunkIndex', () => {
  it('finds what was registered, with all that opens it', async () => {
    const vault = await newVault(database(), ours);
    const [known, unknown] = [chunkIds(3), chunkIds(2)];
    const pack = packOf(known);
    await index().register(ours, vault, pack, believe);
    expect(await index().findKnown(ours, vault, fence(vault), [...known, ...unknown])).toEqual(new Set(known));
    const [found, ...others] = await index().locate(ours, vault, [...known, ...unknown]);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ pack: pack.name, branch: 'data' });
    expect([...found!.entries].sort((a, b) => a.offset - b.offset)).toEqual(pack.entries);
    expect(await index().presentPacks(ours, vault, [pack.name, randomId(parsePackName)])).toEqual(new Set([pack.name]));
  });

  it('takes no pack of a holder that was fenced', async () => {
    const vault = await newVault(database(), ours);
    const [known, late] = [chunkIds(1), chunkIds(1)];
    await index().register(ours, vault, packOf(known), believe, fence(vault, 5));
    await new PostgresFences(database()).pass(ours, fence(vault, 6));
    const refused = index().register(ours, vault, packOf(late), believe, fence(vault, 5));
    await expect(refused).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
    expect(await index().findKnown(ours, vault, fence(vault, 6), [...known, ...late])).toEqual(new Set(known));
  });

  it('keeps the birth of a chunk that was repacked', async () => {
    const vault = await newVault(database(), ours);
    const [chunk] = chunkIds(1) as [ChunkId];
    const born = { birthPackId: randomId(parsePackId, 16), birthCounter: 77 };
    const pack = packOf([chunk]);
    await index().register(
      ours,
      vault,
      { ...pack, entries: pack.entries.map((entry) => ({ ...entry, ...born })) },
      believe,
    );
    expect((await index().locate(ours, vault, [chunk]))[0]!.entries[0]).toMatchObject(born);
  });

  it('never answers across vaults, nor across tenants', async () => {
    const vault = await newVault(database(), ours);
    const other = await newVault(database(), ours);
    const known = chunkIds(2);
    await index().register(ours, vault, packOf(known), believe);
    expect(await index().findKnown(ours, other, fence(other), known)).toEqual(new Set());
    expect(await index().findKnown(theirs, vault, fence(vault), known)).toEqual(new Set());
    expect(await index().locate(theirs, vault, known)).toEqual([]);
  });

  it('takes the same pack twice, and a chunk that two packs hold stays where it was', async () => {
    const vault = await newVault(database(), ours);
    const known = chunkIds(2);
    const [first, second] = [packOf(known), packOf(known)];
    await index().register(ours, vault, first, believe);
    await index().register(ours, vault, first, believe);
    await index().register(ours, vault, second, believe);
    expect((await index().locate(ours, vault, known)).map(({ pack }) => pack)).toEqual([first.name]);
  });

  it('takes packs with many chunks in common at the same time', async () => {
    const vault = await newVault(database(), ours);
    const known = chunkIds(3_000);
    const packs = Array.from({ length: 6 }, (_, at) => packOf(at % 2 === 0 ? known : [...known].reverse()));
    await Promise.all(packs.map((pack) => index().register(ours, vault, pack, believe)));
    expect(await index().findKnown(ours, vault, fence(vault), known.slice(0, 1_000))).toEqual(
      new Set(known.slice(0, 1_000)),
    );
  });

  it('answers a condemned pack as unknown, and takes its chunks from a later one', async () => {
    const vault = await newVault(database(), ours);
    const known = chunkIds(2);
    const [condemned, later] = [packOf(known), packOf(known)];
    await index().register(ours, vault, condemned, believe);
    await database().inTenant(ours, (tx) =>
      tx.updateTable('packs').set({ state: 'condemned' }).where('name', '=', fromHex(condemned.name)).execute(),
    );
    expect(await index().findKnown(ours, vault, fence(vault), known)).toEqual(new Set());
    expect(await index().presentPacks(ours, vault, [condemned.name])).toEqual(new Set());
    await index().register(ours, vault, later, believe);
    expect(await index().findKnown(ours, vault, fence(vault), known)).toEqual(new Set(known));
    expect((await index().locate(ours, vault, known)).map(({ pack }) => pack)).toEqual([later.name]);
  });

  it('pins the packs that a task builds on, for its newest epoch', async () => {
    const vault = await newVault(database(), ours);
    const known = chunkIds(2);
    await index().register(ours, vault, packOf(known), believe);
    const task = fence(vault);
    await index().findKnown(ours, vault, task, known);
    await index().findKnown(ours, vault, { ...task, epoch: 4 }, known);
    await expect(index().findKnown(ours, vault, task, known)).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
    const pins = await database().inTenant(ours, (tx) =>
      tx.selectFrom('pack_pins').select(['task_id', 'epoch']).where('vault_id', '=', vault).execute(),
    );
    expect(pins).toEqual([{ task_id: task.taskId, epoch: 4 }]);
  });

  it('tells which of the packs that a task needs are missing, new ones and those it was told of', async () => {
    const vault = await newVault(database(), ours);
    const chunks = chunkIds(4);
    const packs = chunks.map((chunk) => packOf([chunk]));
    for (const pack of packs) await index().register(ours, vault, pack, believe);
    const task = fence(vault);
    await index().findKnown(ours, vault, task, chunks.slice(0, 3));
    const [told, condemned, , written] = packs.map(({ name }) => name);
    const unknown = randomId(parsePackName);
    const needed = { epoch: task.epoch, newPacks: [written!, unknown] };
    expect(await index().missingPacks(ours, vault, needed, 10)).toEqual([unknown]);
    await database().inTenant(ours, (tx) =>
      tx.updateTable('packs').set({ state: 'condemned' }).where('name', '=', fromHex(condemned!)).execute(),
    );
    expect(new Set(await index().missingPacks(ours, vault, needed, 10))).toEqual(new Set([condemned, unknown]));
    expect(await index().missingPacks(ours, vault, needed, 1)).toHaveLength(1);
    expect(
      await index().missingPacks(ours, vault, { ...needed, epoch: task.epoch + 1, newPacks: [told!] }, 10),
    ).toEqual([]);
    expect(await index().missingPacks(theirs, vault, { ...needed, newPacks: [] }, 10)).toEqual([]);
  });

  it('lists what a task needs in pages, however much of the vault that is', async () => {
    const vault = await newVault(database(), ours);
    const task = fence(vault);
    await pinManyPacks(vault, task, 1_200);
    const newPacks = [randomId(parsePackName)];
    const pages: number[] = [];
    for await (const page of index().neededPacks(ours, vault, { epoch: task.epoch, newPacks })) pages.push(page.length);
    expect(pages).toEqual([1, 1_000, 200]);
  });

  it('tells all chunks of a vault, and those of each pack', async () => {
    const vault = await newVault(database(), ours);
    const [first, second] = [chunkIds(12_000), chunkIds(3)];
    const from = await index().register(ours, vault, packOf(first), believe);
    const then = await index().register(ours, vault, packOf(second), believe);
    expect(await index().size(ours, vault)).toEqual({ chunks: 12_003, newestPack: then });
    const all: ChunkId[] = [];
    for await (const page of index().allChunks(ours, vault)) all.push(...page);
    expect(all).toEqual([...first, ...second].sort());
    expect(await index().packsAfter(ours, vault, 0)).toEqual([from, then]);
    expect(await index().packsAfter(ours, vault, from)).toEqual([then]);
    expect(new Set(await index().chunksIn(ours, vault, then))).toEqual(new Set(second));
    expect(await index().size(theirs, vault)).toEqual({ chunks: 0, newestPack: 0 });
  });
});

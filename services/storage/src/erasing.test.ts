import { type ChunkId, parseBackupSetId, parseJobId, parseResourceId } from '@holdfast/kernel';
import { seededRandomBytes } from '@holdfast/testkit';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { PostgresChunkIndex } from './adapters/postgres/postgres-chunk-index.js';
import { PostgresCondemnedPacks } from './adapters/postgres/postgres-condemned-packs.js';
import { PostgresErasures } from './adapters/postgres/postgres-erasures.js';
import { PostgresFences } from './adapters/postgres/postgres-fences.js';
import { PostgresRetainedChains } from './adapters/postgres/postgres-retained-chains.js';
import { far, near, ours, theirs, useStorageDatabase } from './adapters/postgres/test-database.suite.js';
import type { TaskFence } from './app/task-fence.js';
import type { Draft, KeptSnapshot } from './suites/backed-up-world.suite.js';
import { FreeingWorld } from './suites/freeing-world.suite.js';

const MAIL = 'mail.u1';
const DRIVE = 'drive.u1';
const set = parseBackupSetId('cccccccc-0000-4000-8000-000000000000');
const database = useStorageDatabase();
const erasures = () => new PostgresErasures(database());
let world: FreeingWorld;

jest.setTimeout(60_000);

const items = (from: number, to: number, salt = 0) =>
  Object.fromEntries(
    Array.from({ length: to - from }, (_, at) => [
      `item-${from + at}`,
      Buffer.from(seededRandomBytes(`erased ${from + at + salt}`)(3_000)),
    ]),
  );

/** One item in eight is in the first snapshot alone: of its packs little would be dead. */
const replaced = () => ({ ...items(0, 1, 500), ...items(8, 9, 500), ...items(16, 17, 500), ...items(24, 25, 500) });

/** On request, as a deletion or a rewriting does. */
async function remove(snapshot: KeptSnapshot, resource = MAIL): Promise<void> {
  const chain = { backupSetId: set, resourceId: parseResourceId(resource) };
  const verdicts = [{ snapshot: snapshot.id, stays: false, explanation: 'goes on request' }];
  const said = { jobId: parseJobId(randomUUID()), verdicts, retire: true, erase: true };
  await new PostgresRetainedChains(database()).save(ours, world.vault, chain, said);
  await world.retire(snapshot);
}

/** What a snapshot alone needs. */
async function onlyOf(snapshot: KeptSnapshot): Promise<readonly ChunkId[]> {
  const others = [...world.kept(MAIL), ...world.kept(DRIVE)].filter(({ id }) => id !== snapshot.id);
  const needed = new Set(
    (await Promise.all(others.map((one) => world.chunksOf(one)))).flatMap((chunks) => [...chunks]),
  );
  return [...(await world.chunksOf(snapshot))].filter((chunk) => !needed.has(chunk));
}

/** As where a task shared its packs with the others. */
async function draftNamingAll(): Promise<Draft> {
  const mixed = await world.draft(items(60, 62), world.fence(DRIVE));
  const named = await database().inTenant(ours, (tx) =>
    tx.selectFrom('packs').select('name').where('vault_id', '=', world.vault).execute(),
  );
  return { ...mixed, packs: [...new Set([...mixed.packs, ...named.map(({ name }) => name.toString('hex') as never)])] };
}

async function leftOf(chunks: readonly ChunkId[]): Promise<readonly number[]> {
  const counts: number[] = [];
  for (const place of [near, far]) {
    const there = await world.chunksAt(place);
    counts.push(chunks.filter((chunk) => there.has(chunk)).length);
  }
  return counts;
}

async function reasons(): Promise<readonly string[]> {
  const { report } = await new PostgresCondemnedPacks(database()).report(ours, world.vault);
  return report!.shares.map(({ verdict, because }) => `${verdict} ${because}`);
}

beforeEach(async () => {
  world = await new FreeingWorld(database).open();
});
afterEach(async () => {
  await world.settle();
  await world.close();
});

describe('what was deleted on request', () => {
  let first: KeptSnapshot;
  beforeEach(async () => {
    first = await world.backUp(items(0, 32));
    await world.backUp(replaced());
    await world.backUp(items(40, 41));
    await world.settle();
  });

  it('leaves no chunk at any destination, however small its share of a pack', async () => {
    const only = await onlyOf(first);
    expect(only.length).toBeGreaterThan(4);
    await remove(first);
    expect(await world.free()).toMatchObject({ packsToErase: 0 });
    expect(await reasons()).toContain('repack deleted');
    await world.settle();
    expect(await leftOf(only)).toEqual([0, 0]);
    expect(await world.lostOf()).toEqual([]);
    expect(await erasures().due(ours, world.vault)).toBeUndefined();
    expect(await world.free()).toMatchObject({ packsFreed: 0, packsRepacked: 0 });
  });

  it('does not count as gone while a pack is away that has some of it', async () => {
    const mailed = await world.backUp(items(60, 68), DRIVE);
    const only = await onlyOf(mailed);
    // The near destination, which alone has the pack yet, is down, and a backup has been told so.
    const index = new PostgresChunkIndex(database());
    const places = await index.locate(ours, world.vault, only);
    const packs = places.filter(({ branch }) => branch === 'data').map(({ pack }) => pack);
    await index.setAway(ours, world.vault, packs, [near]);
    await remove(mailed, DRIVE);
    const { packsToErase } = await world.free();
    const isDone = (await erasures().due(ours, world.vault)) === undefined;
    // Nobody is to delete it, and it lies there.
    const standing = await database().inTenant(ours, (tx) =>
      tx.selectFrom('packs').select('state').where('vault_id', '=', world.vault).where('state', '=', 'away').execute(),
    );
    expect(standing.length).toBe(packs.length);
    expect({ isDone, isTold: packsToErase > 0 }).toEqual({ isDone: false, isTold: true });
  });

  it('goes further than what retention let go', async () => {
    const only = await onlyOf(first);
    await world.retire(first);
    await world.free();
    await world.settle();
    expect(Math.min(...(await leftOf(only)))).toBeGreaterThan(0);
    // A deletion of anything later takes that too: of bytes that nothing needs nobody can say whose they were.
    await remove(await world.backUp(items(50, 51), DRIVE), DRIVE);
    await world.free();
    await world.settle();
    expect(await leftOf(only)).toEqual([0, 0]);
    expect(await world.lostOf()).toEqual([]);
  });

  it('waits for a newest snapshot that is known to be whole by its packs, and goes when that is stated anew', async () => {
    const only = await onlyOf(first);
    const drafted = await draftNamingAll();
    await world.show((await world.store(drafted)) as KeptSnapshot);
    await remove(first);
    expect((await world.free()).packsToErase).toBeGreaterThan(0);
    const holder = { backupSetId: set, resourceId: parseResourceId(DRIVE) };
    expect(await erasures().holders(ours, world.vault, { size: 10 })).toEqual([holder]);
    expect(await erasures().holders(ours, world.vault, { size: 10, after: holder })).toEqual([]);
    expect(await erasures().holders(theirs, world.vault, { size: 10 })).toEqual([]);
    const [newest] = world.kept(DRIVE);
    const renewed = { fence: world.fence(DRIVE), head: newest!.id, number: newest!.number + 1, packs: [] };
    await new PostgresFences(database()).pass(ours, renewed.fence);
    await world.show((await world.store({ ...drafted, ...renewed })) as KeptSnapshot);
    await world.retire(newest!);
    expect(await world.free()).toMatchObject({ packsToErase: 0 });
    await world.settle();
    expect(await leftOf(only)).toEqual([0, 0]);
    expect([await world.lostOf(), await erasures().due(ours, world.vault)]).toEqual([[], undefined]);
    expect(await erasures().holders(ours, world.vault, { size: 10 })).toEqual([]);
  });

  it('waits for the next snapshot of a resource whose newest one is known to be whole by its packs', async () => {
    const only = await onlyOf(first);
    await world.show((await world.store(await draftNamingAll())) as KeptSnapshot);
    await remove(first);
    expect((await world.free()).packsToErase).toBeGreaterThan(0);
    await world.settle();
    expect(Math.min(...(await leftOf(only)))).toBeGreaterThan(0);
    expect(await erasures().due(ours, world.vault)).toBeDefined();
    await world.backUp(items(70, 71), DRIVE);
    expect(await world.free()).toMatchObject({ packsToErase: 0 });
    await world.settle();
    expect(await leftOf(only)).toEqual([0, 0]);
    expect(await erasures().due(ours, world.vault)).toBeUndefined();
  });

  it('is due again where more was removed while a freeing ran', async () => {
    const [, second] = world.kept();
    await remove(first);
    await world.free(() => remove(second!));
    expect(await erasures().due(ours, world.vault)).toBeDefined();
    await world.free();
    expect(await erasures().due(ours, world.vault)).toBeUndefined();
  });

  it('is due still after a dry run, for as long as somebody reads it, and for one tenant alone', async () => {
    await world.restored(first);
    world.readersMs = 60_000;
    await remove(first);
    world.isDryRun = true;
    expect(await world.free()).toMatchObject({ packsToErase: 0 });
    expect(await erasures().due(ours, world.vault)).toBeDefined();
    world.isDryRun = false;
    expect((await world.free()).snapshotsInUse).toBe(1);
    expect(await erasures().due(ours, world.vault)).toBeDefined();
    expect(await erasures().due(theirs, world.vault)).toBeUndefined();
    world.readersMs = 0;
    await world.free();
    expect(await erasures().due(ours, world.vault)).toBeUndefined();
  });

  it('goes although a freeing copied it that had begun before', async () => {
    const all = items(100, 132);
    const without = (of: (at: number) => boolean) =>
      Object.fromEntries(Object.keys(all).flatMap((id, at) => (of(at) ? [[id, null]] : [])));
    const most = await world.backUp(all, DRIVE);
    const some = await world.backUp(
      without((at) => at % 3 !== 0),
      DRIVE,
    );
    await world.backUp(
      without((at) => at % 9 === 0),
      DRIVE,
    );
    await world.retire(most);
    const only = await onlyOf(some);
    // What is dead for the most part is copied with what the second snapshot alone needs, which a deletion removes meanwhile.
    await world.free(() => remove(some, DRIVE));
    await world.free();
    expect(await erasures().due(ours, world.vault)).toBeUndefined();
    await world.settle();
    expect(await leftOf(only)).toEqual([0, 0]);
    expect(await world.lostOf()).toEqual([]);
  });

  describe('and tasks that shared packs with it register one afterwards', () => {
    /** Chunks at a destination that no kept snapshot needs. */
    async function unneededAt(place: typeof near): Promise<readonly ChunkId[]> {
      const needed = new Set<ChunkId>();
      for (const one of [...world.kept(MAIL), ...world.kept(DRIVE)])
        for (const chunk of await world.chunksOf(one)) needed.add(chunk);
      return [...(await world.chunksAt(place))].filter((chunk) => !needed.has(chunk));
    }

    /** A little of what went, beside what a later task finds known and builds on. */
    const shared = () => ({ ...items(0, 2, 900), ...items(80, 112) });
    const openTask = ({ taskId, resourceId, epoch }: TaskFence, begunBeforeMs: number) => ({
      ...{ taskId, resourceId, epoch, backupSetId: set, begunBeforeMs },
      ...{ checkpoint: new Uint8Array(), rewrites: false },
    });

    async function expectAllFreed(): Promise<void> {
      await world.free();
      await world.settle();
      expect([await unneededAt(near), await unneededAt(far)]).toEqual([[], []]);
      expect(await erasures().due(ours, world.vault)).toBeUndefined();
      expect(await world.lostOf()).toEqual([]);
    }

    it('goes from the packs of a late holder', async () => {
      const late = world.fence(DRIVE);
      await new PostgresFences(database()).pass(ours, late);
      await remove(first);
      await world.draft(shared(), late);
      await world.backUp(items(80, 112), DRIVE);
      expect((await unneededAt(near)).length).toBeGreaterThan(0);
      await world.backUp(items(112, 113), DRIVE);
      await expectAllFreed();
    });

    it('is not done while a task is open that was before, and goes from what that registered', async () => {
      const old = world.fence(DRIVE);
      await new PostgresFences(database()).pass(ours, old);
      await remove(first);
      world.openTasks = [openTask(old, 60_000)];
      await database().inTenant(ours, (tx) =>
        tx
          .updateTable('packs')
          .set({ registered_at: new Date(0) })
          .where('vault_id', '=', world.vault)
          .execute(),
      );
      await world.free();
      await world.settle();
      const again = await world.free();
      expect([again.packsToErase, await erasures().due(ours, world.vault)]).toEqual([1, expect.anything()]);
      await world.draft(shared(), old);
      world.openTasks = [];
      await world.backUp(items(80, 112), DRIVE);
      await world.backUp(items(112, 113), DRIVE);
      await expectAllFreed();
    });

    it('waits for no task that began after it', async () => {
      await remove(first);
      const fresh = world.fence(DRIVE);
      await new PostgresFences(database()).pass(ours, fresh);
      world.openTasks = [openTask(fresh, 0)];
      await world.free();
      await world.backUp(items(112, 113), DRIVE);
      const reach = async () => (await erasures().due(ours, world.vault))?.newestPack;
      const before = await reach();
      expect(before).toBeDefined();
      await world.free();
      expect(await reach()).toBe(before);
      world.openTasks = [];
      expect((await world.free()).packsToErase).toBe(0);
      expect(await reach()).toBeUndefined();
    });
  });
});

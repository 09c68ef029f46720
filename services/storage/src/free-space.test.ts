import { AppError } from '@holdfast/kernel';
import { seededRandomBytes } from '@holdfast/testkit';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { far, near, ours, useStorageDatabase } from './adapters/postgres/test-database.suite.js';
import { PostgresIntegrity } from './adapters/postgres/postgres-integrity.js';
import { PostgresMarkedSnapshots } from './adapters/postgres/postgres-marked-snapshots.js';
import { NO_WORK } from './app/marked-snapshots.port.js';
import { FreeingWorld } from './suites/freeing-world.suite.js';
import { Crash } from './suites/strikes.suite.js';

const database = useStorageDatabase();
const worlds: FreeingWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

async function newWorld(): Promise<FreeingWorld> {
  const world = await new FreeingWorld(database).open();
  worlds.push(world);
  return world;
}

const content = (seed: number, bytes = 6000) => Buffer.from(seededRandomBytes(`content ${seed}`)(bytes));

/** Items from `from` up to below `to`, with contents of their own. */
const some = (from: number, to: number, salt = 0) =>
  Object.fromEntries(Array.from({ length: to - from }, (_, at) => [`item-${from + at}`, content(from + at + salt)]));
const none = (from: number, to: number) =>
  Object.fromEntries(Array.from({ length: to - from }, (_, at) => [`item-${from + at}`, null]));

/** Three snapshots, of which retention let go the first: two thirds of what it held were replaced since. */
async function worldWithGarbage(): Promise<FreeingWorld> {
  const world = await newWorld();
  const first = await world.backUp(some(0, 30));
  await world.backUp({ ...some(0, 10, 1000), ...none(10, 20) });
  await world.backUp(some(30, 33));
  await world.settle();
  await world.retire(first);
  return world;
}

jest.setTimeout(60_000);

describe('FreeSpace', () => {
  it('frees what only a retired snapshot needed, at every destination, and keeps the others bit for bit', async () => {
    const world = await worldWithGarbage();
    const before = await world.bytesAt(near);
    const counts = await world.free();
    expect(counts.packsFreed + counts.packsRepacked).toBeGreaterThan(3);
    expect(await world.lostOf()).toEqual([]);
    await world.settle();
    expect(await world.lostOf()).toEqual([]);
    expect(await world.bytesAt(near)).toBeLessThan(before * 0.75);
    expect(await world.bytesAt(far)).toBe(await world.bytesAt(near));
    expect((await world.packsAt(near)).size).toBe(await world.livePacks());
    expect(await world.free()).toMatchObject({ packsFreed: 0, packsRepacked: 0 });
  });

  it('leaves nothing that a check of the counts would correct', async () => {
    const world = await worldWithGarbage();
    expect((await world.free()).packsRepacked).toBeGreaterThan(0);
    const recounted = await new PostgresIntegrity(database()).recount(ours, world.vault, { after: 0, size: 1000 });
    expect(recounted).toMatchObject({ packsCorrected: 0, chunksOff: 0, bytesOff: 0 });
  });

  it('says on a dry run what it would do, and does nothing', async () => {
    const world = await worldWithGarbage();
    const before = await world.packsAt(near);
    world.isDryRun = true;
    const { bytesWritten, ...foreseen } = await world.free();
    await world.settle();
    expect(await world.packsAt(near)).toEqual(before);
    world.isDryRun = false;
    const { bytesWritten: written, ...done } = await world.free();
    await world.settle();
    expect(foreseen).toEqual({ ...done, isDryRun: true });
    expect(done.packsFreed + done.packsRepacked).toBeGreaterThan(3);
    // Merged packs share a frame of 128 bytes.
    expect(bytesWritten).toBeGreaterThanOrEqual(written);
    expect(bytesWritten - written).toBeLessThanOrEqual(128 * done.packsRepacked);
  });

  it('keeps what a snapshot needs that is stored while it frees', async () => {
    const world = await worldWithGarbage();
    const draft = await world.draft(some(10, 20));
    // Nobody knows of the task any more, and its pins are gone; its snapshot is there all the same.
    const counts = await world.free(async () => {
      const stored = await world.store({ ...draft, fence: world.fence() });
      expect(stored).toMatchObject({ number: 4 });
    });
    expect(counts.packs).toBeGreaterThan(0);
    expect((await world.store(draft)) satisfies unknown).not.toBe('store');
    await world.settle();
    const [last] = world.kept().slice(-1);
    await world.show(last!);
    expect(await world.lostOf()).toEqual([]);
  });

  it('protects what an open task was told and has written, and refuses one that has ended', async () => {
    const world = await worldWithGarbage();
    const fence = world.fence();
    const draft = await world.draft({ ...some(10, 15), ...some(50, 55) }, fence);
    const { taskId, resourceId, epoch } = fence;
    const task = {
      taskId,
      resourceId,
      epoch,
      backupSetId: fence.backupSetId!,
      begunBeforeMs: 0,
      checkpoint: NONE,
      rewrites: false,
    };
    world.openTasks = [task];
    await world.free();
    expect(await world.store(draft)).toMatchObject({ number: 4 });
    await world.show(world.kept().at(-1)!);
    expect(await world.lostOf()).toEqual([]);

    const late = await world.draft(some(60, 62));
    world.openTasks = [];
    await world.free();
    expect(await world.store(late)).toBe('refuse');
    await world.settle();
    expect(await world.lostOf()).toEqual([]);
  });

  it('lets go of no snapshot of a chain whose snapshots a task makes anew', async () => {
    const world = await newWorld();
    const first = await world.backUp(some(0, 10));
    await world.backUp({ ...none(0, 10), ...some(20, 22) });
    await world.retire(first);
    const { taskId, resourceId, epoch, backupSetId } = world.fence();
    const task = { taskId, resourceId, epoch, backupSetId: backupSetId!, begunBeforeMs: 0, checkpoint: NONE };
    world.openTasks = [{ ...task, rewrites: true }];
    await world.free();
    await world.settle();
    expect(await world.restored(first)).toEqual(first.contents);
    world.openTasks = [{ ...task, rewrites: false }];
    world.readersMs = 0;
    await world.free();
    await expect(world.restored(first)).rejects.toThrow('nobody may read it');
    await world.settle();
  });

  it('leaves what a late lease of an ended task was told after the freeing began, and no more', async () => {
    const world = await worldWithGarbage();
    const marked = new PostgresMarkedSnapshots(database());
    const pinsOf = () =>
      database().inTenant(ours, (tx) =>
        tx.selectFrom('pack_pins').select(['pack_no', 'epoch']).where('vault_id', '=', world.vault).execute(),
      );
    const early = world.fence();
    await world.draft(some(0, 30), early);
    const before = await pinsOf();
    const begin = await marked.begin(ours, world.vault);
    const late = { ...early, epoch: world.fence().epoch };
    await world.draft(some(10, 12), late);
    await marked.fenceEnded(ours, world.vault, begin, NO_WORK);
    const left = await pinsOf();
    expect(left.length).toBeGreaterThan(0);
    expect(left.length).toBeLessThan(before.length);
    expect(new Set(left.map(({ epoch }) => epoch))).toEqual(new Set([late.epoch]));
  });

  it('asks a task for its packs again where they were condemned', async () => {
    const world = await worldWithGarbage();
    const draft = await world.draft(some(60, 64));
    world.openTasks = [];
    await database().inTenant(ours, (tx) =>
      tx.updateTable('packs').set({ state: 'condemned' }).where('vault_id', '=', world.vault).execute(),
    );
    expect(await world.store(draft)).toBe('ask-for-packs');
  });

  it('keeps a retired snapshot while somebody reads it, and opens it for nobody afterwards', async () => {
    const world = await newWorld();
    const first = await world.backUp(some(0, 20));
    await world.backUp({ ...none(0, 20), ...some(20, 22) });
    const contents = await world.restored(first);
    await world.retire(first);
    world.readersMs = 60_000;
    await world.free();
    await world.settle();
    expect(await world.restored(first)).toEqual(contents);
    world.readersMs = 0;
    await world.free();
    await expect(world.restored(first)).rejects.toThrow('nobody may read it');
    expect(await world.lostOf()).toEqual([]);
  });

  it('lets a chain go on from the name of a head that was let go', async () => {
    const world = await newWorld();
    const first = await world.backUp(some(0, 10));
    await world.retire(first);
    await world.free();
    await world.settle();
    expect((await world.packsAt(near)).size).toBe(0);
    expect(await world.backUp(some(0, 10))).toMatchObject({ number: 2 });
    await world.settle();
    expect(await world.lostOf()).toEqual([]);
  });

  it('reads a chunk where it lies while a pack is carried into another', async () => {
    const world = await worldWithGarbage();
    const reader = world.reader();
    const [kept] = world.kept();
    await world.free();
    await world.settle();
    expect(await world.restored(kept!)).toEqual(kept!.contents);
    expect(reader).toBeDefined();
  });

  it('harms nothing by running twice at once', async () => {
    const world = await worldWithGarbage();
    const outcomes = await Promise.allSettled([world.free(), world.free(), world.free()]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(AppError);
    // What one of them put in vain waits for nobody.
    expect(await world.waitingForHours()).toEqual([]);
    await world.settle();
    expect(await world.lostOf()).toEqual([]);
    await world.free();
    await world.settle();
    expect((await world.packsAt(near)).size).toBe(await world.livePacks());
  });

  it.each([true, false])(
    'goes on after a crash at every I/O (before it is done: %s)',
    async (isBefore) => {
      const world = await worldWithGarbage();
      let crashes = 0;
      for (let io = 1; ; io += 1) {
        world.strikes.strikeAt(io, isBefore);
        const isStruck = await struck(async () => {
          await world.free();
          await world.settle();
        });
        world.strikes.spare();
        expect(await world.lostOf()).toEqual([]);
        if (!isStruck) break;
        crashes += 1;
        // New garbage for the next strike.
        await world.backUp({ ...none(100, 110), ...some(100 + io, 104 + io) });
        await world.backUp(none(100 + io, 103 + io));
        for (const old of world.kept().slice(0, -2)) await world.retire(old);
      }
      expect(crashes).toBeGreaterThan(40);
      await world.free();
      await world.settle();
      expect(await world.lostOf()).toEqual([]);
      expect((await world.packsAt(near)).size).toBe(await world.livePacks());
      expect(await world.packsAt(far)).toEqual(await world.packsAt(near));
    },
    300_000,
  );
});

const NONE = new Uint8Array();

async function struck(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (error instanceof Crash) return true;
    throw error;
  }
}

import { TaskState } from '@holdfast/contracts/scheduler/v1';
import { type ResourceId, resourceIdOf, type SnapshotId } from '@holdfast/kernel';
import type { DumpEntry } from '@holdfast/simulator';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RestoreWorld } from './testing/restore-world.suite.js';

jest.setTimeout(120_000);
let world: RestoreWorld;
let user: string;
let other: string;
let resource: ResourceId;
let snapshot: SnapshotId;
let saved: DumpEntry[];

const files = async (of = user) =>
  (await world.dump(of, 'drive')).filter(({ fields }) => fields['kind'] === 'file' && fields['malware'] !== true);
const shown = (entries: readonly DumpEntry[]) =>
  entries
    .map(({ key, contentHash, fields }) =>
      JSON.stringify([key, contentHash, fields['createdDateTime'], fields['lastModifiedDateTime']]),
    )
    .sort();

beforeAll(async () => {
  world = await RestoreWorld.start();
  await world.fix({ 'drive.hash-comes-late': false });
  [user = '', other = ''] = await world.users('drive');
  resource = resourceIdOf('drive', user);
  snapshot = await world.save('drive', user);
  saved = await files();
});
afterAll(() => world.close());
beforeEach(() => {
  world.told.finished.length = 0;
  world.told.failed.length = 0;
  world.crashAfterWrites = Infinity;
});

describe('a restore of files', () => {
  it('has nothing to do while nothing changed', async () => {
    expect(saved.length).toBeGreaterThan(10);
    const plan = await world.plan({ resource, snapshot });
    expect(plan.counts).toMatchObject({ createFolders: 0, create: 0, overwrite: 0, keepBoth: 0, requests: 0 });
    expect(plan.counts.unchanged).toBeGreaterThanOrEqual(saved.length);
  });

  it('brings back what was deleted, written over, renamed and moved, and a second one adds nothing', async () => {
    const [gone, edited, renamed, moved] = saved;
    await world.mutate('drive', user, { op: 'delete', itemId: gone!.id });
    await world.mutate('drive', user, { op: 'edit', itemId: edited!.id });
    await world.mutate('drive', user, { op: 'rename', itemId: renamed!.id, name: 'locked.bin' });
    await world.mutate('drive', user, { op: 'create-folder', path: 'Elsewhere' });
    await world.mutate('drive', user, { op: 'move', itemId: moved!.id, to: 'Elsewhere' });
    const plan = await world.plan({ resource, snapshot });
    expect(plan.counts).toMatchObject({ create: 1, overwrite: 3 });
    await world.perform(plan);
    expect(world.told.failed).toEqual([]);
    expect(world.told.finished).toMatchObject([{ outcome: TaskState.TASK_STATE_COMPLETED }]);
    expect(shown(await files())).toEqual(shown(saved));
    expect(await world.show.report(world.tenant, plan.planId, 'tester')).toMatchObject({ done: 4, failed: 0 });
    const again = await world.plan({ resource, snapshot });
    expect(again.counts).toMatchObject({ createFolders: 0, create: 0, overwrite: 0, keepBoth: 0 });
  });

  it('gives a folder the case of its name back, where it may overwrite', async () => {
    const folders = async () => (await world.dump(user, 'drive')).filter(({ fields }) => fields['kind'] === 'folder');
    const before = await folders();
    const folder = before.find(({ fields: { name } }) => String(name).toUpperCase() !== name)!;
    const name = String(folder.fields['name']);
    await world.mutate('drive', user, { op: 'rename', itemId: folder.id, name: name.toUpperCase() });
    const left = await world.plan({ resource, snapshot }, { policy: 'skip' });
    expect(left.counts).toMatchObject({ createFolders: 0, overwrite: 0 });
    const plan = await world.plan({ resource, snapshot });
    expect(plan.counts).toMatchObject({ createFolders: 0, create: 0, overwrite: 1 });
    await world.perform(plan);
    const report = await world.show.report(world.tenant, plan.planId, 'tester');
    expect(report).toMatchObject({ done: 1, failed: 0, verified: 1 });
    expect((await folders()).find(({ id }) => id === folder.id)?.key).toBe(folder.key);
    expect((await world.plan({ resource, snapshot })).counts).toMatchObject({ createFolders: 0, overwrite: 0 });
  });

  it('puts copies into a chosen folder and leaves the files where they are, whatever the policy', async () => {
    const before = await files();
    for (const [at, itemIds] of [[saved[0]!.id], []].entries()) {
      const folder = { targetFolder: `Chosen ${at}` };
      const plan = await world.plan({ resource, snapshot, itemIds }, folder);
      expect(plan.counts).toMatchObject({ overwrite: 0, keepBoth: 0, unchanged: 0 });
      await world.perform(plan);
      const now = await files();
      const stayed = now.filter(({ id }) => before.some((entry) => entry.id === id));
      expect(shown(stayed)).toEqual(shown(before));
      const copies = now.filter(({ key }) => key.startsWith(`Chosen ${at}/`));
      expect(copies).toHaveLength(itemIds.length || saved.length);
      const copy = copies[0]!;
      await world.mutate('drive', user, { op: 'edit', itemId: copy.id });
      const again = await world.plan({ resource, snapshot, itemIds }, folder);
      expect(again.counts).toMatchObject({ create: 0, overwrite: 1 });
      await world.perform(again);
      expect((await files()).find(({ id }) => id === copy.id)?.contentHash).toBe(copy.contentHash);
    }
    for (const at of [0, 1]) {
      const top = (await world.dump(user, 'drive')).find(({ key }) => key === `Chosen ${at}`);
      await world.mutate('drive', user, { op: 'delete', itemId: top!.id });
    }
  });

  it('puts a single file back below folders that are gone', async () => {
    const deep = saved.find(({ key }) => key.split('/').length > 2)!;
    const [top = ''] = deep.key.split('/');
    await world.mutate('drive', user, { op: 'rename', path: top, name: 'gone for good' });
    const source = { resource, snapshot, itemIds: [deep.id] };
    const plan = await world.plan(source, { policy: 'keep-both' });
    expect(plan.counts).toMatchObject({ createFolders: deep.key.split('/').length - 1, keepBoth: 1 });
    const restored = await world.plan(source);
    expect(restored.counts).toMatchObject({ overwrite: 1 });
    await world.perform(restored);
    expect((await files()).find(({ id }) => id === deep.id)?.key).toBe(deep.key);
    expect((await world.plan(source)).counts).toMatchObject({ overwrite: 0, unchanged: 1 });
    await world.perform(await world.plan({ resource, snapshot }));
  });

  it('makes folders and files in another drive, and goes on after a crash without a second copy', async () => {
    const before = await files(other);
    const plan = await world.plan(
      { resource, snapshot, target: resourceIdOf('drive', other) },
      { targetFolder: 'From a colleague' },
    );
    const links = (await world.dump(user, 'drive')).filter(({ fields }) => fields['kind'] === 'shortcut');
    expect(plan.counts.create).toBe(saved.length + links.length);
    for (const writes of [2, 5]) {
      world.crashAfterWrites = writes;
      await world.perform(plan);
    }
    world.crashAfterWrites = Infinity;
    await world.perform(plan);
    expect(world.told.finished).toMatchObject([{ outcome: TaskState.TASK_STATE_COMPLETED }]);
    const after = await files(other);
    expect(after).toHaveLength(before.length + saved.length);
    const below = after.filter(({ key }) => key.startsWith('From a colleague/'));
    expect(below.map(({ contentHash }) => contentHash).sort()).toEqual(
      saved.map(({ contentHash }) => contentHash).sort(),
    );
    const report = await world.show.report(world.tenant, plan.planId, 'tester');
    expect(report.verified).toBe(report.done);
  });

  it('keeps both under one name for each restore', async () => {
    const file = saved.at(-1)!;
    const now = (await files()).find(({ key }) => key === file.key);
    await world.mutate('drive', user, { op: 'edit', itemId: now!.id });
    const before = await files();
    const source = { resource, snapshot, itemIds: [file.id] };
    const plan = await world.plan(source, { policy: 'keep-both' });
    expect(plan.counts).toMatchObject({ keepBoth: 1, overwrite: 0 });
    await world.perform(plan);
    const again = await world.plan(source, { policy: 'keep-both' });
    expect(again.counts).toMatchObject({ keepBoth: 0, unchanged: 1 });
    const added = (await files()).filter(({ id }) => !before.some((entry) => entry.id === id));
    expect(added).toMatchObject([{ contentHash: file.contentHash }]);
    expect(added[0]!.key).toMatch(/ \(restored \d{4}-\d\d-\d\d\)/);
  });

  it('tells how long it will take by the limits of the tenant', async () => {
    const source = { resource, snapshot, target: resourceIdOf('drive', other) };
    const { limits } = world;
    world.limits = { ...limits, driveMinute: { amount: 10, atOnce: 10, spreadMs: 0, againMs: 60_000 } };
    const { counts } = await world.plan(source, { targetFolder: 'How long' });
    world.limits = limits;
    expect(counts.bindingLimit).toBe('drive-minute');
    expect(counts.expectedMs).toBe(Math.floor((counts.units - 1) / 10) * 60_000);
  });

  it('skips what exists when told to', async () => {
    const plan = await world.plan({ resource, snapshot }, { policy: 'skip' });
    expect(plan.counts).toMatchObject({ create: 0, overwrite: 0, skip: 1 });
  });

  it('makes shortcuts again, and names each that the service refuses', async () => {
    const users = await world.users('drive');
    const dumps = await Promise.all(users.map((id) => world.dump(id, 'drive')));
    const owner = users.find((_id, at) => dumps[at]!.some(({ fields }) => fields['kind'] === 'shortcut'))!;
    const shortcuts = async () =>
      (await world.dump(owner, 'drive')).filter(({ fields }) => fields['kind'] === 'shortcut');
    const [before] = await shortcuts();
    const of = resourceIdOf('drive', owner);
    const source = { resource: of, snapshot: await world.save('drive', owner), itemIds: [before!.id] };
    expect((await world.plan(source)).counts).toMatchObject({ unchanged: 1 });
    await world.mutate('drive', owner, { op: 'delete', itemId: before!.id });
    const refused = await world.plan(source);
    expect(refused.counts).toMatchObject({ create: 1 });
    await world.mutate('drive', owner, { op: 'refuse-shortcuts' });
    await world.perform(refused);
    await world.mutate('drive', owner, { op: 'refuse-shortcuts', on: false });
    expect(world.told.finished).toMatchObject([{ outcome: TaskState.TASK_STATE_INCOMPLETE, report: { owed: 1 } }]);
    const { failures } = await world.show.report(world.tenant, refused.planId, 'tester');
    expect(failures).toMatchObject([{ itemId: before!.id, errorMessage: expect.stringContaining('403') }]);
    await world.perform(await world.plan(source));
    const after = (await shortcuts()).find(({ key }) => key === before!.key);
    expect(after?.fields['remoteItem']).toEqual(before!.fields['remoteItem']);
    expect((await world.plan(source)).counts).toMatchObject({ create: 0, unchanged: 1 });
  });

  it.each(['overwrite', 'keep-both'] as const)(
    'brings two drives into one, both files where their paths meet (%s)',
    async (policy) => {
      const target = (await world.users('drive')).find((id) => id !== user && id !== other)!;
      const sources = [];
      for (const [at, id] of [user, other].entries()) {
        const folder = await world.mutate('drive', id, { op: 'create-folder', path: policy });
        await world.mutate('drive', id, { op: 'create-file', path: `${policy}/report.txt`, text: `of drive ${at}` });
        await world.mutate('drive', id, { op: 'create-file', path: `${policy}/own ${at}.txt`, text: 'own' });
        sources.push({
          resourceId: resourceIdOf('drive', id),
          snapshotId: await world.save('drive', id),
          itemIds: [String(folder['itemId'])],
          targetId: resourceIdOf('drive', target),
        });
      }
      const plan = await world.planAll(sources, policy);
      expect(plan.counts).toMatchObject({ create: 3, keepBoth: 1, overwrite: 0 });
      await world.perform(plan);
      expect(await world.show.report(world.tenant, plan.planId, 'tester')).toMatchObject({ failed: 0, failures: [] });
      const joined = (await files(target)).filter(({ key }) => key.startsWith(`${policy}/report`));
      expect(joined.map(({ contentHash }) => contentHash)).toHaveLength(2);
      expect(new Set(joined.map(({ contentHash }) => contentHash)).size).toBe(2);
      expect((await world.planAll(sources, 'skip')).counts).toMatchObject({ create: 0, overwrite: 0, keepBoth: 0 });
    },
  );
});

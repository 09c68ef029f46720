import { type ResourceId, resourceIdOf, type SnapshotId } from '@holdfast/kernel';
import type { DumpEntry } from '@holdfast/simulator';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RestoreWorld } from './testing/restore-world.suite.js';

jest.setTimeout(120_000);
let world: RestoreWorld;

beforeAll(async () => {
  world = await RestoreWorld.start();
  await world.fix({ 'drive.hash-comes-late': false });
});
afterAll(() => world.close());
beforeEach(() => {
  world.crashAfterWrites = Infinity;
});

const nothingToDo = { createFolders: 0, create: 0, overwrite: 0, keepBoth: 0 };

/** One workload's words for what may happen to folders. */
interface Folders {
  readonly workload: 'mail' | 'drive';
  /** Each in the one before: name by name from the top. */
  readonly made: readonly string[];
  make(user: string, name: string, parent: string): Promise<string>;
  rename(user: string, folder: string, name: string): Promise<unknown>;
  move(user: string, folder: string, parent: string): Promise<unknown>;
  fill(user: string, folder: string): Promise<unknown>;
  readonly top: string;
}

const idIn = (report: Record<string, unknown>, name: string) => String(report[name]);
const mail: Folders = {
  workload: 'mail',
  made: ['Alpha', 'Beta', 'Gamma'],
  top: 'msgfolderroot',
  make: async (user, displayName, parent) =>
    idIn(await world.mutate('mail', user, { op: 'create-folder', parent, fields: { displayName } }), 'folder'),
  rename: (user, folder, displayName) =>
    world.mutate('mail', user, { op: 'rename-folder', folder, fields: { displayName } }),
  move: (user, folder, parent) => world.mutate('mail', user, { op: 'move-folder', folder, parent }),
  fill: (user, folder) => world.mutate('mail', user, { op: 'arrive', folder }),
};

const pathOf = async (user: string, id: string) =>
  id === '' ? '' : ((await world.dump(user, 'drive')).find((entry) => entry.id === id)?.key ?? '');
const below = async (user: string, id: string, name: string) =>
  [await pathOf(user, id), name].filter((part) => part !== '').join('/');
const drive: Folders = {
  workload: 'drive',
  made: ['Alpha', 'Beta', 'Gamma'],
  top: '',
  make: async (user, name, parent) => {
    const op = { op: 'create-folder', path: await below(user, parent, name) };
    return idIn(await world.mutate('drive', user, op), 'itemId');
  },
  rename: (user, itemId, name) => world.mutate('drive', user, { op: 'rename', itemId, name }),
  move: async (user, itemId, parent) =>
    world.mutate('drive', user, { op: 'move', itemId, to: await pathOf(user, parent) }),
  fill: async (user, folder) =>
    world.mutate('drive', user, { op: 'create-file', path: await below(user, folder, 'a.txt'), text: 'words' }),
};

describe.each([mail, drive])('a restore of folders ($workload)', ({ workload, made, ...folders }) => {
  let user: string;
  let resource: ResourceId;
  let snapshot: SnapshotId;
  let ids: string[];
  let was: string[];

  /** Where everything is, folders by their ids too. */
  const places = async () =>
    (await world.dump(user, workload)).map(({ id, key }: DumpEntry) => JSON.stringify([key, id])).sort();
  const plan = (more: object = {}) => world.plan({ resource, snapshot }, more);
  /** Makes the plan, performs it, and leaves nothing to do. */
  const restore = async (counts: object) => {
    const planned = await plan();
    expect(planned.counts).toMatchObject({ ...nothingToDo, ...counts });
    await world.perform(planned);
    expect(await world.show.report(world.tenant, planned.planId, 'tester')).toMatchObject({ failed: 0 });
    expect((await plan()).counts).toMatchObject(nothingToDo);
  };

  beforeAll(async () => {
    [user = ''] = await world.users(workload);
    resource = resourceIdOf(workload, user);
    ids = [];
    for (const name of made) ids.push(await folders.make(user, name, ids.at(-1) ?? folders.top));
    for (const id of ids) await folders.fill(user, id);
    snapshot = await world.save(workload, user);
    was = await places();
  });

  it('gives a folder its name back, even where only the case differs, in place of a second one', async () => {
    const [alpha = '', beta = ''] = ids;
    await folders.rename(user, alpha, 'Something else');
    await folders.rename(user, beta, 'BETA');
    await restore({ overwrite: 2 });
    expect(await places()).toEqual(was);
  });

  it('moves folders back with all that is in them, though they lie in one another', async () => {
    const [alpha = '', beta = '', gamma = ''] = ids;
    await folders.move(user, gamma, folders.top);
    await folders.move(user, beta, gamma);
    await folders.move(user, alpha, beta);
    await restore({ overwrite: 3 });
    expect(await places()).toEqual(was);
  });

  it('shows what it would rename before it does, by name and place', async () => {
    await folders.rename(user, ids[1] ?? '', 'Renamed');
    const planned = await plan();
    const { rows } = await world.show.steps(world.tenant, planned.planId, 'tester', { size: 500, token: '' });
    const shown = rows.filter(({ action }) => action === 'overwrite');
    expect(shown).toMatchObject([{ name: made[1], path: made[0], itemId: ids[1], liveId: ids[1] }]);
    await world.perform(planned);
  });

  it('leaves it alone when it was renamed once more since the plan, and says so', async () => {
    const [alpha = ''] = ids;
    await folders.rename(user, alpha, 'First');
    const planned = await plan();
    await folders.rename(user, alpha, 'Second');
    await world.perform(planned);
    const report = await world.show.report(world.tenant, planned.planId, 'tester');
    expect(report.failures).toMatchObject([{ itemId: alpha, errorCode: 'CONFLICT' }]);
    await restore({ overwrite: 1 });
    expect(await places()).toEqual(was);
  });

  it('goes on after a crash', async () => {
    await folders.rename(user, ids[2] ?? '', 'Lost');
    await folders.move(user, ids[2] ?? '', folders.top);
    const planned = await plan();
    world.crashAfterWrites = 0;
    await world.perform(planned);
    world.crashAfterWrites = Infinity;
    await world.perform(planned);
    expect(await places()).toEqual(was);
    expect((await plan()).counts).toMatchObject(nothingToDo);
  });

  it('takes whoever stands in the place for the folder, and lets the folder itself be', async () => {
    const [alpha = ''] = ids;
    await folders.rename(user, alpha, 'Old alpha');
    const newcomer = await folders.make(user, 'Alpha', folders.top);
    const planned = await plan();
    expect(planned.counts.createFolders).toBe(0);
    await world.perform(planned);
    expect((await plan()).counts).toMatchObject(nothingToDo);
    expect((await places()).filter((place) => place.includes(newcomer))).toHaveLength(1);
  });

  it.each(['skip', 'keep-both'])('renames nothing where it may not overwrite (%s)', async (policy) => {
    await folders.rename(user, ids[2] ?? '', `Kept (${policy})`);
    expect((await plan({ policy })).counts).toMatchObject({ createFolders: 1, overwrite: 0 });
    await folders.rename(user, ids[2] ?? '', 'Gamma');
  });
});

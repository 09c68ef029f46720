import { seededRandomBytes } from '@holdfast/testkit';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { PostgresReturningSnapshots } from './adapters/postgres/postgres-returning-snapshots.js';
import { ours, useStorageDatabase } from './adapters/postgres/test-database.suite.js';
import { FreeingWorld } from './suites/freeing-world.suite.js';

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

const content = (seed: string) => Buffer.from(seededRandomBytes(seed)(6_000));
jest.setTimeout(60_000);

describe('a rebuild whose last attempt broke off when its sets were back and backups had begun', () => {
  it('leaves the head of a chain that is stored and not put yet', async () => {
    const world = await newWorld();
    await world.backUp({ one: content('one') });
    // Storage died behind the deciding transaction; any other finishes what it stored.
    const stored = await world.store(await world.draft({ two: content('two') }));
    await new PostgresReturningSnapshots(database()).chooseHeads(ours, world.vault);
    if (typeof stored !== 'string') await world.show(stored);
    await expect(world.backUp({ three: content('three') })).resolves.toMatchObject({ number: 3 });
  });
});

import { SystemClock } from '@holdfast/kernel';
import { SilentLogger } from '@holdfast/platform';
import { seededRandomBytes } from '@holdfast/testkit';
import { openSnapshot, packObjectName } from '@holdfast/vault';
import type { HeldTask } from '@holdfast/worker';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { PostgresChunkIndex } from './adapters/postgres/postgres-chunk-index.js';
import { PostgresIntegrity } from './adapters/postgres/postgres-integrity.js';
import { PostgresObjectPlaces } from './adapters/postgres/postgres-object-places.js';
import { PostgresReturningSnapshots } from './adapters/postgres/postgres-returning-snapshots.js';
import { PostgresSnapshots } from './adapters/postgres/postgres-snapshots.js';
import { far, near, ours, useStorageDatabase } from './adapters/postgres/test-database.suite.js';
import { DamagedCopies } from './app/damaged-copies.js';
import { NewObjects } from './app/new-objects.js';
import { RebuildIndex } from './app/rebuild-index.js';
import { emptyRebuild, nothingTaken, type RebuildCounts } from './app/rebuild-scene.js';
import { RebuildSnapshots } from './app/rebuild-snapshots.js';
import { RemovedChains } from './app/removed-chains.js';
import { VaultFilters } from './app/vault-filters.js';
import { type KeptSnapshot, vaultSigning } from './suites/backed-up-world.suite.js';
import { FreeingWorld } from './suites/freeing-world.suite.js';

const database = useStorageDatabase();
const worlds: RebuiltWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

/** Everything that the index knows of the vault, as a lost database has it. */
const TABLES = [
  'pack_pins',
  'pack_doubles',
  'chunks',
  'packs',
  'retention_verdicts',
  'snapshots',
  'chains',
  'object_places',
  'copies_due',
  'deletions_due',
  'objects',
] as const;

class RebuiltWorld extends FreeingWorld {
  /** The packs that a snapshot names go from every destination. */
  async lose({ id }: KeptSnapshot): Promise<void> {
    const stored = await new PostgresSnapshots(this.database()).stored(ours, this.vault, id);
    const packs = openSnapshot(stored!.sealed, this.keys).header.newPacks.map(packObjectName);
    for (const place of [near, far]) for (const name of packs) await (await this.destination(place)).delete(name);
  }

  /** The database is lost, and brought back from these destinations. */
  async rebuild(...from: (typeof near)[]): Promise<RebuildCounts> {
    for (const table of TABLES)
      await this.database().inTenant(ours, (tx) => tx.deleteFrom(table).where('vault_id', '=', this.vault).execute());
    const places = new PostgresObjectPlaces(this.database());
    const logger = new SilentLogger();
    const objects = new NewObjects(places);
    const damaged = new DamagedCopies(new PostgresIntegrity(this.database()), logger);
    const chunks = new PostgresChunkIndex(this.database());
    const filters = new VaultFilters(chunks, { bytes: 0 }, new SystemClock(), logger);
    const index = new RebuildIndex(objects, places, chunks, filters, damaged);
    const snapshots = new RebuildSnapshots(objects, new PostgresReturningSnapshots(this.database()), damaged, logger);
    const counts = emptyRebuild();
    const lease = { jobId: randomUUID() };
    const held = { lease, grant: 'grant', signal: new AbortController().signal } as unknown as HeldTask;
    const signingKeys = new Map([[1, vaultSigning.publicKey]]);
    const keys = { key: this.keys.indexKey, cipher: this.keys.cipher, generation: 1, signingKeys };
    const common = { held, tenant: ours, vault: this.vault, keys, counts, damaged: 0, save: async () => undefined };
    const scenes = await Promise.all(
      from.map(async (id) => ({
        ...{ ...common, id, taken: nothingTaken() },
        destination: await this.destination(id),
      })),
    );
    for (const scene of scenes) await index.run(scene);
    await snapshots.run(scenes, new RemovedChains([]));
    await snapshots.chooseHeads(ours, this.vault);
    return counts;
  }
}

async function newWorld(): Promise<RebuiltWorld> {
  const world = await new RebuiltWorld(database).open();
  worlds.push(world);
  return world;
}

const content = (seed: number, bytes = 6000) => Buffer.from(seededRandomBytes(`content ${seed}`)(bytes));
const some = (from: number, to: number, salt = 0) =>
  Object.fromEntries(Array.from({ length: to - from }, (_, at) => [`item-${from + at}`, content(from + at + salt)]));
jest.setTimeout(60_000);

describe('a rebuild', () => {
  it('brings back every state, where nothing was freed', async () => {
    const world = await newWorld();
    await world.backUp(some(0, 10));
    await world.backUp({ ...some(10, 12) });
    await world.settle();
    expect(await world.rebuild(near)).toMatchObject({ snapshots: 2, snapshotsIncomplete: 0 });
    expect(await world.lostOf()).toEqual([]);
  });

  it('brings back kept states whose small packs space freeing has put together', async () => {
    const world = await newWorld();
    for (let day = 0; day < 6; day += 1) await world.backUp(some(day, day + 1));
    await world.settle();
    // Nothing was let go: each day's increment is kept, and small.
    expect((await world.free()).packsRepacked).toBeGreaterThan(4);
    await world.settle();
    expect(await world.lostOf()).toEqual([]);
    const { snapshots, snapshotsIncomplete } = await world.rebuild(near, far);
    expect({ snapshots, snapshotsIncomplete, lost: await world.lostOf() }).toEqual({
      snapshots: 6,
      snapshotsIncomplete: 0,
      lost: [],
    });
  });

  it('leaves out once, however many destinations hold it, a state whose packs are nowhere and that none follows which is whole', async () => {
    const world = await newWorld();
    for (let day = 0; day < 3; day += 1) await world.backUp(some(day, day + 1));
    await world.settle();
    await world.lose(world.kept()[2]!);
    const { snapshots, snapshotsIncomplete } = await world.rebuild(near, far);
    expect({ snapshots, snapshotsIncomplete }).toEqual({ snapshots: 2, snapshotsIncomplete: 1 });
  });
});

import { parseJobId, SystemClock } from '@holdfast/kernel';
import { SilentLogger } from '@holdfast/platform';
import { seededRandomBytes } from '@holdfast/testkit';
import { metadataKeysOf, openSnapshot, packObjectName } from '@holdfast/vault';
import type { HeldTask } from '@holdfast/worker';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createHash, randomUUID } from 'node:crypto';
import { PostgresAffectedItems } from './adapters/postgres/postgres-affected-items.js';
import { PostgresChunkIndex } from './adapters/postgres/postgres-chunk-index.js';
import { PostgresIntegrity } from './adapters/postgres/postgres-integrity.js';
import { PostgresMarkedSnapshots } from './adapters/postgres/postgres-marked-snapshots.js';
import { PostgresObjectPlaces } from './adapters/postgres/postgres-object-places.js';
import { PostgresReturningSnapshots } from './adapters/postgres/postgres-returning-snapshots.js';
import { PostgresSnapshots } from './adapters/postgres/postgres-snapshots.js';
import { PostgresVaults } from './adapters/postgres/postgres-vaults.js';
import { far, near, ours, useStorageDatabase } from './adapters/postgres/test-database.suite.js';
import { DamagedCopies } from './app/damaged-copies.js';
import { DestinationHealth } from './app/destination-health.js';
import { NameItems } from './app/name-items.js';
import { NewObjects } from './app/new-objects.js';
import { RebuildIndex } from './app/rebuild-index.js';
import { emptyRebuild, hasGaps, nothingTaken, type RebuildCounts } from './app/rebuild-scene.js';
import { RebuildSnapshots } from './app/rebuild-snapshots.js';
import { RemovedChains } from './app/removed-chains.js';
import { StoredChunks } from './app/stored-chunks.js';
import { VaultFilters } from './app/vault-filters.js';
import { type KeptSnapshot, vaultSigning } from './suites/backed-up-world.suite.js';
import { Directory, Metadata } from './suites/freeing-ports.suite.js';
import { FreeingWorld } from './suites/freeing-world.suite.js';

const database = useStorageDatabase();
const clock = new SystemClock();
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
  /** The far destination is taken away, and comes back empty. */
  async addAnew(): Promise<void> {
    const vaults = new PostgresVaults(this.database());
    await vaults.changeDestinations(ours, this.vault, [near]);
    const place = await this.destination(far);
    for await (const { name } of place.list('')) await place.delete(name);
    await vaults.changeDestinations(ours, this.vault, [near, far]);
  }

  /** What is copied there first, as storage does, up to the object that has this name. */
  async seedUpTo(wanted: string): Promise<void> {
    const places = new PostgresObjectPlaces(this.database());
    while ((await (await this.destination(far)).head(wanted)) === undefined)
      for (const { vaultId, object } of await places.takeDue(1, 300_000, { destinations: [], vaults: [] }))
        if (vaultId === this.vault) await this.copy(object.name);
  }

  async copy(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      const body = Buffer.concat(await Array.fromAsync(await (await this.destination(near)).get(name)));
      const sha256 = createHash('sha256').update(body).digest('hex');
      await (await this.destination(far)).put(name, body, { bytes: body.byteLength, sha256, ifAbsent: true });
    }
  }

  /** Packs that the near destination has and the far one lacks. */
  async lackedByFar(): Promise<readonly string[]> {
    const there = await this.packsAt(far);
    return [...(await this.packsAt(near))].filter((name) => !there.has(name));
  }

  /** The object of a snapshot, and those of the packs that it names. */
  async objectsOf({ id }: KeptSnapshot): Promise<readonly [string, ...string[]]> {
    const stored = await new PostgresSnapshots(this.database()).stored(ours, this.vault, id);
    return [stored!.objectName, ...openSnapshot(stored!.sealed, this.keys).header.newPacks.map(packObjectName)];
  }

  /** The packs that a snapshot names go from every destination. */
  async lose(snapshot: KeptSnapshot): Promise<void> {
    const [, ...packs] = await this.objectsOf(snapshot);
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
    const filters = new VaultFilters(chunks, { bytes: 0 }, clock, logger);
    const index = new RebuildIndex(objects, places, chunks, filters, damaged);
    const snapshots = new RebuildSnapshots(objects, new PostgresReturningSnapshots(this.database()), damaged, logger);
    const counts = emptyRebuild();
    const lease = { jobId: parseJobId(randomUUID()) };
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
    const affected = new PostgresAffectedItems(this.database());
    const stored = new StoredChunks(chunks, places, new Directory(this), new DestinationHealth(clock, { ms: 0 }));
    const items = new NameItems(
      affected,
      new PostgresIntegrity(this.database()),
      new PostgresMarkedSnapshots(this.database()),
      new Metadata(metadataKeysOf(this.keys)),
      stored,
      logger,
    );
    const tally = await items.all(held, { tenant: ours, vault: this.vault, signal: held.signal, ...lease });
    counts.resourcesAffected = tally.resources;
    counts.itemsDue = tally.itemsDue;
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
/** Six small increments, of which only the newest is kept: what it needs of the others has been put together. */
async function freedDownToNewest(world: RebuiltWorld): Promise<void> {
  for (let day = 0; day < 6; day += 1) await world.backUp(some(day, day + 1));
  await world.settle();
  await world.free();
  for (const old of world.kept().slice(0, -1)) await world.retire(old);
  await world.free();
  await world.settle();
}

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

  it('says so, and what the next backup reads anew, where a destination that was still being seeded lacks packs that the newest state needs', async () => {
    const world = await newWorld();
    await freedDownToNewest(world);
    await world.addAnew();
    // As if the other packs had failed to be copied so far.
    await world.copy(...(await world.objectsOf(world.kept().at(-1)!)));
    expect((await world.lackedByFar()).length).toBeGreaterThan(0);
    const counts = await world.rebuild(far);
    const lost = await world.lostOf();
    expect({ lost: lost.length, hasGaps: hasGaps(counts), resources: counts.resourcesAffected }).toEqual({
      lost: 1,
      hasGaps: true,
      resources: 1,
    });
    const { items } = await new PostgresAffectedItems(database()).page(ours, world.vault, { size: 10, token: '' });
    expect(items).toContainEqual(expect.objectContaining({ resourceId: 'mail.u1', state: 'due' }));
  });

  it('finds no snapshot at a destination that is being seeded before all packs are there', async () => {
    const world = await newWorld();
    await freedDownToNewest(world);
    await world.addAnew();
    const [newest] = await world.objectsOf(world.kept().at(-1)!);
    await world.seedUpTo(newest);
    expect(await world.lackedByFar()).toEqual([]);
    const counts = await world.rebuild(far);
    expect({ lost: await world.lostOf(), hasGaps: hasGaps(counts) }).toEqual({ lost: [], hasGaps: false });
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

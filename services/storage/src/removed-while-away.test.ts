import { parseJobId, parsePackName, SystemClock, type PackName } from '@holdfast/kernel';
import { SilentLogger } from '@holdfast/platform';
import { seededRandomBytes } from '@holdfast/testkit';
import { metadataKeysOf, openSnapshot, packObjectName } from '@holdfast/vault';
import type { HeldTask } from '@holdfast/worker';
import { expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { PostgresAffectedItems } from './adapters/postgres/postgres-affected-items.js';
import { PostgresChunkIndex } from './adapters/postgres/postgres-chunk-index.js';
import { PostgresIntegrity } from './adapters/postgres/postgres-integrity.js';
import { PostgresMarkedSnapshots } from './adapters/postgres/postgres-marked-snapshots.js';
import { PostgresObjectPlaces } from './adapters/postgres/postgres-object-places.js';
import { PostgresSnapshots } from './adapters/postgres/postgres-snapshots.js';
import { PostgresVaults } from './adapters/postgres/postgres-vaults.js';
import { far, near, ours, useStorageDatabase } from './adapters/postgres/test-database.suite.js';
import { noCounts } from './app/check-scene.js';
import { DestinationHealth } from './app/destination-health.js';
import { NameItems } from './app/name-items.js';
import { StoredChunks } from './app/stored-chunks.js';
import type { KeptSnapshot } from './suites/backed-up-world.suite.js';
import { Directory, Metadata } from './suites/freeing-ports.suite.js';
import { FreeingWorld } from './suites/freeing-world.suite.js';

const database = useStorageDatabase();
const content = (seed: string, bytes = 6_000) => Buffer.from(seededRandomBytes(seed)(bytes));
jest.setTimeout(60_000);

class AwayWorld extends FreeingWorld {
  nameItems(): NameItems {
    const integrity = new PostgresIntegrity(this.database());
    const places = new PostgresObjectPlaces(this.database());
    const health = new DestinationHealth(new SystemClock(), { ms: 0 });
    const chunks = new StoredChunks(new PostgresChunkIndex(this.database()), places, new Directory(this), health);
    return new NameItems(
      new PostgresAffectedItems(this.database()),
      integrity,
      new PostgresMarkedSnapshots(this.database()),
      new Metadata(metadataKeysOf(this.keys)),
      chunks,
      new SilentLogger(),
    );
  }

  async newPacksOf({ id }: KeptSnapshot): Promise<readonly PackName[]> {
    const stored = await new PostgresSnapshots(this.database()).stored(ours, this.vault, id);
    return openSnapshot(stored!.sealed, this.keys).header.newPacks.map(parsePackName);
  }

  /** All copies that are due, but for one object, whose copy has failed and rests. */
  async copyAllBut(name: string): Promise<void> {
    const places = new PostgresObjectPlaces(this.database());
    for (const { object, to } of await places.takeDue(1_000, 300_000, { destinations: [], vaults: [] })) {
      if (object.name === name) continue;
      const body = Buffer.concat(await Array.fromAsync(await (await this.destination(near)).get(object.name)));
      await (await this.destination(to)).put(object.name, body, { ...object, ifAbsent: true });
      await places.addCopy(ours, this.vault, object, to);
    }
  }
}

it('tells of what a kept state needs and a destination alone had that is taken away while it is down, and has it read anew', async () => {
  const world = new AwayWorld(database);
  await world.open();
  const ann = await world.backUp({ item: content('of Ann') }, 'mail.ann');
  const index = new PostgresChunkIndex(database());
  const [first] = await world.newPacksOf(ann);
  await world.copyAllBut(packObjectName(first!));
  // The near destination goes down; another resource's task was told of a chunk in the pack: it is away, and the task stores that chunk anew.
  await index.setAway(ours, world.vault, [first!], [near]);
  await new PostgresVaults(database()).changeDestinations(ours, world.vault, [far]);
  const isWhole = await world.restored(ann).then(
    () => true,
    () => false,
  );
  const integrity = new PostgresIntegrity(database());
  const { findings } = await integrity.findings(ours, world.vault, { size: 10, token: '' });
  expect({ isWhole, lost: await integrity.quarantined(ours, world.vault), findings }).toEqual({
    isWhole: false,
    lost: [first],
    findings: [
      expect.objectContaining({
        object: packObjectName(first!),
        destinationId: far,
        damage: 'missing',
        state: 'quarantined',
      }),
    ],
  });
  // A check names the items.
  const counts = noCounts();
  const lease = { tenantId: ours, vaultId: world.vault, jobId: parseJobId(randomUUID()) };
  const held = { lease, grant: 'grant', signal: new AbortController().signal } as unknown as HeldTask;
  await world
    .nameItems()
    .run(held, { tenant: ours, vault: world.vault, jobId: lease.jobId, counts, signal: held.signal });
  expect(counts.itemsDue + counts.resourcesDue).toBeGreaterThan(0);
  await world.close();
});

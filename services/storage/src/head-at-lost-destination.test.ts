import { AppError, SystemClock, type DestinationId } from '@holdfast/kernel';
import { SilentLogger } from '@holdfast/platform';
import { seededRandomBytes } from '@holdfast/testkit';
import { openSnapshot } from '@holdfast/vault';
import { expect, it, jest } from '@jest/globals';
import { PostgresChunkIndex } from './adapters/postgres/postgres-chunk-index.js';
import { PostgresSnapshots } from './adapters/postgres/postgres-snapshots.js';
import { PostgresVaults } from './adapters/postgres/postgres-vaults.js';
import { far, near, ours, useStorageDatabase } from './adapters/postgres/test-database.suite.js';
import type { DestinationDirectory } from './app/destination-directory.port.js';
import { DestinationHealth } from './app/destination-health.js';
import { FindHead } from './app/find-head.js';
import type { FindMissingPacks } from './app/find-missing-packs.js';
import type { IndexKeys } from './app/index-keys.port.js';
import { PerformCommit } from './app/perform-commit.js';
import { FreeingWorld } from './suites/freeing-world.suite.js';

const database = useStorageDatabase();
const content = (seed: string) => Buffer.from(seededRandomBytes(seed)(6_000));
jest.setTimeout(60_000);

class LostWorld extends FreeingWorld {
  get vaultKeys() {
    return this.keys;
  }

  /** As whoever opens the chain next asks for it. */
  head(backupSetId: Parameters<FindHead['run']>[2]['backupSetId'], down: DestinationId) {
    const snapshots = new PostgresSnapshots(this.database());
    const directory = {
      open: async (_tenant: unknown, _vault: unknown, id: DestinationId) => {
        if (id === down) throw new AppError('STORE_UNAVAILABLE', 'It burned down.');
        return this.destination(id);
      },
    } as unknown as DestinationDirectory;
    const keys = {
      of: async () => ({ key: this.keys.indexKey, cipher: this.keys.cipher }),
    } as unknown as IndexKeys;
    const health = new DestinationHealth(new SystemClock(), { ms: 0 });
    const commit = new PerformCommit(snapshots, {} as FindMissingPacks, directory, health, keys);
    const chain = { backupSetId, resourceId: this.fence().resourceId };
    return new FindHead(snapshots, commit, keys, new SilentLogger()).run(ours, this.vault, chain);
  }

  async lose(sealed: Uint8Array): Promise<void> {
    const { newPacks } = openSnapshot(sealed, this.keys).header;
    await new PostgresChunkIndex(this.database()).setAway(ours, this.vault, newPacks, [near]);
  }
}

it('lets a resource be backed up again whose newest snapshot was stored and not put when its destination was lost', async () => {
  const world = new LostWorld(database);
  await world.open();
  const before = await world.backUp({ one: content('one') });
  await world.settle();
  const fence = world.fence();
  const draft = await world.draft({ two: content('two') }, fence);
  const stored = await world.store(draft);
  if (typeof stored === 'string') throw new Error(stored);
  // The near destination burns down before the object is put. Its crawler asks again, and is told that the packs are away.
  const row = await new PostgresSnapshots(database()).stored(ours, world.vault, stored.id);
  await world.lose(row!.sealed);
  await new PostgresVaults(database()).changeDestinations(ours, world.vault, [far]);
  await expect(world.head(fence.backupSetId!, near)).resolves.toMatchObject({ snapshotId: before.id });
  // Another storage whose put was under way is told so, and tells nobody that it is committed.
  await expect(new PostgresSnapshots(database()).markVisible(ours, row!, far)).rejects.toMatchObject({
    code: 'COMMIT_REFUSED',
  });
  await world.close();
});

it('gives up no stored snapshot whose packs are there, and none that can be seen', async () => {
  const world = new LostWorld(database);
  await world.open();
  await world.backUp({ one: content('one') });
  const fence = world.fence();
  const stored = await world.store(await world.draft({ two: content('two') }, fence));
  if (typeof stored === 'string') throw new Error(stored);
  await expect(world.head(fence.backupSetId!, near)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await world.show(stored);
  const row = await new PostgresSnapshots(database()).stored(ours, world.vault, stored.id);
  await world.lose(row!.sealed);
  const { newPacks } = openSnapshot(row!.sealed, world.vaultKeys).header;
  expect(await new PostgresSnapshots(database()).giveUp(ours, row!, newPacks)).toBe(false);
  await expect(world.head(fence.backupSetId!, near)).resolves.toMatchObject({ snapshotId: stored.id });
  await world.close();
});

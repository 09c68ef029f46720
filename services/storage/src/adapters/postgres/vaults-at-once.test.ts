import { randomUUID } from 'node:crypto';
import { parseDestinationId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import type { StoredObject } from '../../app/object-places.port.js';
import { PostgresDueDeletions } from './postgres-due-deletions.js';
import { PostgresKeyObjects } from './postgres-key-objects.js';
import { PostgresObjectPlaces } from './postgres-object-places.js';
import { PostgresVaults } from './postgres-vaults.js';
import { far, near, newVault, ours, randomId, useStorageDatabase } from './test-database.suite.js';

const ROUNDS = 60;

/** Whoever changes a vault's destinations and whoever notes a copy take the same locks in the same order: none waits in a circle. */
describe('a vault on which several work at once', () => {
  const database = useStorageDatabase();
  const vaults = () => new PostgresVaults(database());
  const places = () => new PostgresObjectPlaces(database());
  const object = (name: string): StoredObject => ({ name, bytes: 10, sha256: randomId((hex) => hex) });

  it('is discarded while copies of its objects are noted', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const vault = await newVault(database(), ours);
      const objects = [object('header'), object('keys/one'), object('keys/two')];
      for (const each of objects) await places().add(ours, vault, each, near);
      const noted = objects.map((each) => places().addCopy(ours, vault, each, far));
      await Promise.all([...noted, vaults().discard(ours, vault)]);
      await expect(vaults().destinationsOf(ours, vault)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  it('gets and loses destinations while copies of its objects are noted', async () => {
    const added = parseDestinationId(randomUUID());
    for (let round = 0; round < ROUNDS; round += 1) {
      const vault = await newVault(database(), ours);
      const objects = [object('header'), object('keys/one'), object('keys/two')];
      for (const each of objects) await places().add(ours, vault, each, near);
      const noted = objects.map((each) => places().addCopy(ours, vault, each, far));
      await Promise.all([...noted, vaults().changeDestinations(ours, vault, [near, far, added])]);
      const holders = await places().holdersOf(ours, vault, ['header']);
      expect(holders).toEqual(new Map([['header', [near, far]]]));
    }
  });

  it('lets go of key objects while copies of them are noted and others deleted', async () => {
    const keyObjects = new PostgresKeyObjects(database());
    const deletions = new PostgresDueDeletions(database());
    for (let round = 0; round < ROUNDS; round += 1) {
      const vault = await newVault(database(), ours);
      const [kept, ...old] = [1, 2, 3].map((n) => object(`keys/${'0'.repeat(31)}${n}/passphrase-${n}`));
      for (const each of [kept!, ...old]) await places().add(ours, vault, each, near);
      const noted = () => old.map((each) => places().addCopy(ours, vault, each, far));
      await Promise.all([...noted(), keyObjects.keepOnly(ours, vault, 'passphrase', [kept!.name])]);
      await database().inTenant(ours, (tx) =>
        tx
          .updateTable('deletions_due')
          .set({ not_before: new Date(0) })
          .where('vault_id', '=', vault)
          .execute(),
      );
      const due = (await deletions.take(10, 1_000)).filter(({ vaultId }) => vaultId === vault);
      await Promise.all([
        ...noted(),
        ...due.map((deletion) => deletions.noteDeleted(deletion)),
        vaults().discard(ours, vault),
      ]);
      await expect(vaults().destinationsOf(ours, vault)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });
});

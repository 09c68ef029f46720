import { parseJobId, type VaultId } from '@holdfast/kernel';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { condemnIn } from './condemn-in.js';
import { PostgresDueDeletions } from './postgres-due-deletions.js';
import { PostgresIntegrity } from './postgres-integrity.js';
import { PostgresKeyObjects } from './postgres-key-objects.js';
import { PostgresObjectPlaces } from './postgres-object-places.js';
import { indexedPack, objectOf } from './indexed-pack.suite.js';
import { recordPlace } from './record-place.js';
import { far, near, newVault, ours, useStorageDatabase } from './test-database.suite.js';

const database = useStorageDatabase();
let vault: VaultId;
beforeEach(async () => {
  vault = await newVault(database(), ours, [near, far]);
});

/** At both destinations; answers its number. */
async function everywhere(name: string): Promise<number> {
  const number = await database().inTenant(ours, (tx) =>
    recordPlace(tx, { tenant: ours, vault, object: objectOf(name), destination: near }),
  );
  await new PostgresObjectPlaces(database()).addCopy(ours, vault, objectOf(name), far);
  return number;
}

const pack = () => indexedPack(database(), vault, everywhere);

/** A check finds it damaged at one destination after the other. */
async function lose(name: string): Promise<void> {
  const jobId = parseJobId(randomUUID());
  for (const destination of [near, far])
    await new PostgresIntegrity(database()).noteDamage(
      ours,
      vault,
      { destination, name },
      { damage: 'altered', bytes: 10, jobId },
    );
}

async function taken() {
  await database().inTenant(ours, (tx) =>
    tx
      .updateTable('deletions_due')
      .set({ not_before: new Date(0) })
      .where('vault_id', '=', vault)
      .execute(),
  );
  const due = await new PostgresDueDeletions(database()).take(100, 60_000);
  return due.filter(({ vaultId }) => vaultId === vault).map(({ name, destinationId }) => `${name} ${destinationId}`);
}

describe('a pack that no destination holds whole', () => {
  it('keeps nothing else from being freed', async () => {
    const lost = await pack();
    const garbage = await pack();
    await lose(lost.name);
    await database().inTenant(ours, (tx) => condemnIn(tx, ours, vault, [garbage.number], { restMs: 0 }));
    expect((await taken()).sort()).toEqual([`${garbage.name} ${near}`, `${garbage.name} ${far}`]);
  });

  it('keeps what it was copied from, which may be the last there is of it', async () => {
    const [before, garbage, copy] = [await pack(), await pack(), await pack()];
    await lose(copy.name);
    await database().inTenant(ours, async (tx) => {
      await condemnIn(tx, ours, vault, [before.number], { restMs: 0, successorNo: copy.number });
      await condemnIn(tx, ours, vault, [garbage.number], { restMs: 0 });
    });
    expect((await taken()).sort()).toEqual([`${garbage.name} ${near}`, `${garbage.name} ${far}`]);
    // It is found whole after all.
    await new PostgresObjectPlaces(database()).addCopy(ours, vault, objectOf(copy.name), near);
    await new PostgresObjectPlaces(database()).addCopy(ours, vault, objectOf(copy.name), far);
    expect((await taken()).filter((each) => each.startsWith(before.name)).sort()).toEqual([
      `${before.name} ${near}`,
      `${before.name} ${far}`,
    ]);
  });

  it('keeps no replaced passphrase in its place', async () => {
    const keyId = 'ab'.repeat(16);
    const [before, after] = [`keys/${keyId}/passphrase-1`, `keys/${keyId}/passphrase-2`];
    await everywhere(before);
    await lose((await pack()).name);
    await everywhere(after);
    await new PostgresKeyObjects(database()).keepOnly(ours, vault, 'passphrase', [after]);
    expect((await taken()).sort()).toEqual([`${before} ${near}`, `${before} ${far}`]);
  });
});

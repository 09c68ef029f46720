import { parseDestinationId, parsePackName, type VaultId } from '@holdfast/kernel';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import { condemnIn } from './condemn-in.js';
import { fromHex } from './from-hex.js';
import { PostgresChunkIndex } from './postgres-chunk-index.js';
import { PostgresCondemnedPacks } from './postgres-condemned-packs.js';
import { PostgresDueDeletions } from './postgres-due-deletions.js';
import { PostgresObjectPlaces } from './postgres-object-places.js';
import { PostgresVaults } from './postgres-vaults.js';
import { indexedPack, objectOf } from './indexed-pack.suite.js';
import { recordPlace } from './record-place.js';
import { far, near, newVault, ours, randomId, useStorageDatabase } from './test-database.suite.js';

const database = useStorageDatabase();
const third = parseDestinationId('33333333-0000-4000-8000-000000000000');
let vault: VaultId;
beforeEach(async () => {
  vault = await newVault(database(), ours, [near, far]);
});

const placed = (name: string, destination = near) =>
  database().inTenant(ours, (tx) => recordPlace(tx, { tenant: ours, vault, object: objectOf(name), destination }));
const copied = (name: string, destination = far) =>
  new PostgresObjectPlaces(database()).addCopy(ours, vault, objectOf(name), destination);

/** At the near destination. */
const pack = () => indexedPack(database(), vault, (name) => placed(name));

const condemn = (number: number) =>
  database().inTenant(ours, (tx) => condemnIn(tx, ours, vault, [number], { restMs: 0 }));
const change = (...to: (typeof near)[]) => new PostgresVaults(database()).changeDestinations(ours, vault, to);
const taken = async () =>
  (await new PostgresDueDeletions(database()).take(100, 60_000)).filter(({ vaultId }) => vaultId === vault);
const waitsFor = async () =>
  (await new PostgresCondemnedPacks(database()).report(ours, vault)).waiting.shares.map(
    ({ destinationId, waitsFor: what }) => [destinationId, what],
  );

describe('a destination that was removed', () => {
  it('does not keep the others from deleting, where it alone had packs that count as lost', async () => {
    const lost = await pack();
    // The near destination burns down; a backup stores anew what the pack held, and the vault goes on without it.
    await new PostgresChunkIndex(database()).setAway(ours, vault, [lost.hash], [near]);
    await change(far);
    const name = 'packs/later';
    const number = await placed(name, far);
    await database().inTenant(ours, (tx) =>
      tx
        .insertInto('packs')
        .values({
          ...{ tenant_id: ours, vault_id: vault, pack_no: number, branch: 'data', bytes: 10, chunks: 1 },
          ...{ name: fromHex(randomId(parsePackName)), pack_id: randomBytes(16) },
        })
        .execute(),
    );
    await condemn(number);
    expect(await waitsFor()).toEqual([[far, 'turn']]);
    expect((await taken()).map((due) => due.name)).toEqual([name]);
  });

  it('leaves nothing behind that an added one is owed and can never get', async () => {
    const name = `snapshots/${randomUUID()}`;
    const number = await placed(name);
    await copied(name);
    // A snapshot is let go; the near destination deletes it, the far one is down and is taken away in the end.
    await database().inTenant(ours, async (tx) => {
      for (const destination_id of [near, far])
        await tx
          .insertInto('deletions_due')
          .values({
            ...{ tenant_id: ours, vault_id: vault, object_no: number, destination_id, is_snapshot: true },
            ...{ after_object_no: number, noted_no: number, not_before: new Date(0) },
          })
          .execute();
    });
    const at = { tenantId: ours, vaultId: vault, objectNo: number, destinationId: near, name };
    await new PostgresDueDeletions(database()).noteDeleted(at);
    await change(near);
    await change(near, third);
    // As each freeing does before it lets go.
    await new PostgresDueDeletions(database()).forgetGone(ours, vault);
    const later = await pack();
    await copied(later.name, third);
    await condemn(later.number);
    expect(await waitsFor()).toEqual([
      [near, 'turn'],
      [third, 'turn'],
    ]);
  });
});

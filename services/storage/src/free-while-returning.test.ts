import { type PackName } from '@holdfast/kernel';
import { seededRandomBytes } from '@holdfast/testkit';
import { packObjectName } from '@holdfast/vault';
import { expect, it, jest } from '@jest/globals';
import { PostgresChunkIndex } from './adapters/postgres/postgres-chunk-index.js';
import { PostgresObjectPlaces } from './adapters/postgres/postgres-object-places.js';
import { far, near, ours, useStorageDatabase } from './adapters/postgres/test-database.suite.js';
import { FreeingWorld } from './suites/freeing-world.suite.js';

const database = useStorageDatabase();
const content = (seed: string) => Buffer.from(seededRandomBytes(seed)(6_000));
jest.setTimeout(60_000);

it('keeps a pack that was away when a freeing began and came back while it marked', async () => {
  const world = new FreeingWorld(database);
  await world.open();
  await world.backUp({ one: content('one') });
  await world.backUp({ two: content('two') });
  // A data pack of the first state lies at the near destination alone, which is down: it is away.
  const { name, bytes } = await dataPackOf(world);
  await new PostgresChunkIndex(database()).setAway(ours, world.vault, [name], [near]);
  const counts = await world.free(async () => {
    // The near destination is back: the copy that was owed is made.
    const object = { name: packObjectName(name), bytes, sha256: name };
    const body = Buffer.concat(await Array.fromAsync(await (await world.destination(near)).get(object.name)));
    await (await world.destination(far)).put(object.name, body, { ...object, ifAbsent: true });
    await new PostgresObjectPlaces(database()).addCopy(ours, world.vault, object, far);
  });
  await world.settle();
  expect({ freed: counts.packsFreed, lost: await world.lostOf() }).toEqual({ freed: 0, lost: [] });
  await world.close();
});

/** The oldest. */
async function dataPackOf(world: FreeingWorld): Promise<{ readonly name: PackName; readonly bytes: number }> {
  const row = await database().inTenant(ours, (tx) =>
    tx
      .selectFrom('packs')
      .select(['name', 'bytes'])
      .where('vault_id', '=', world.vault)
      .where('branch', '=', 'data')
      .orderBy('pack_no')
      .executeTakeFirstOrThrow(),
  );
  return { name: row.name.toString('hex') as PackName, bytes: row.bytes };
}

import { Database, prepareDatabase, Secret, serviceUrls, SilentLogger } from '@holdfast/platform';
import { startTestPostgres } from '@holdfast/testkit';
import { expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { migrations } from './migrations.js';
import { PostgresObjectLocks } from './postgres-object-locks.js';
import { STORAGE_SCHEMA, SWEEPS, type StorageSchema, type StorageSweep } from './schema.js';
import { near, ours, theirs } from './test-database.suite.js';

/** Steps that were released, with the first half of the SHA-256 that a database remembers of each: one that differs is refused at start. */
const RELEASED = [
  ['0001-objects-chunks-snapshots', '16678e8e8817bc73'],
  ['0002-chunks-by-pack', '011e4071fff9917b'],
  ['0003-packs-away', '0ca3598c3f0ca67d'],
  ['0004-destinations-away', '34407b3fd5fdefd6'],
  ['0005-generation-of-vaults', '8c14f85af7d227f3'],
  ['0006-retention', 'e04fb18d801ccb15'],
  ['0007-freeing', '5f28bf7d87053ac9'],
  ['0008-integrity', 'ae4e69171d94def5'],
  ['0009-affected-items', 'b8d4317af0f847fc'],
  ['0010-bandwidth-shares', '75693e04bcb7254d'],
  ['0011-old-states', '3302f683c6b95907'],
  ['0012-object-locks', '5b2cfa1e22810287'],
  ['0013-failing-locks', '0c77ea1594b8eb01'],
  ['0014-attempts-of-copies', 'ed5dfe8d3a2e42eb'],
  ['0015-read-anew', '858200b4a92f9e4c'],
  ['0016-freeing-snapshots', 'd12581b7c84e719f'],
  ['0017-erasures', '2be346e8b32b05e6'],
  ['0018-copies-that-await-a-return', '7ae159edfa500185'],
  ['0019-erasure-holders', 'd7b03e1cace0dd57'],
] as const;

it('knows every step that was released, in the same order and to the letter', () => {
  const steps = migrations.map(({ name, up }) => [name, createHash('sha256').update(up).digest('hex').slice(0, 16)]);
  expect(steps.slice(0, RELEASED.length)).toEqual(RELEASED);
  expect(new Set(steps.map(([name]) => name?.slice(0, 4))).size).toBe(steps.length);
});

it('has the locks of vaults looked at that were there before there were locks, whosever they are', async () => {
  const server = await startTestPostgres();
  const adminUrl = new Secret(await server.createDatabase());
  const urls = serviceUrls(adminUrl, STORAGE_SCHEMA, new Secret('test'));
  const prepare = (steps: typeof migrations) =>
    prepareDatabase({ adminUrl, ...urls, schema: STORAGE_SCHEMA, migrations: steps });
  await prepare(migrations.filter(({ name }) => name < '0012'));
  const database = await Database.open<StorageSchema, StorageSweep>({
    ...urls,
    schema: STORAGE_SCHEMA,
    sweeps: SWEEPS,
    logger: new SilentLogger(),
  });
  try {
    for (const tenant of [ours, theirs])
      await database.inTenant(tenant, async (tx) => {
        const row = { tenant_id: tenant, vault_id: tenant };
        await tx.insertInto('vaults').values(row).execute();
        await tx
          .insertInto('vault_destinations')
          .values({ ...row, destination_id: near, position: 0 })
          .execute();
      });
    await prepare(migrations);
    const places = await new PostgresObjectLocks(database).take(10, Date.UTC(2100, 0, 1), 1_000);
    expect(new Set(places.map(({ tenantId }) => tenantId))).toEqual(new Set([ours, theirs]));
    // Rows of other tenants are hidden from whoever owns the tables again.
    const seen = await database.inTenant(ours, (tx) =>
      tx.selectFrom('vault_destinations').select('tenant_id').execute(),
    );
    expect(seen).toEqual([{ tenant_id: ours }]);
  } finally {
    await database.close();
    await server.stop();
  }
}, 60_000);

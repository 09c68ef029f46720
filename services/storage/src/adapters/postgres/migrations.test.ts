import { Database, prepareDatabase, Secret, serviceUrls, SilentLogger } from '@holdfast/platform';
import { startTestPostgres } from '@holdfast/testkit';
import { expect, it } from '@jest/globals';
import { migrations } from './migrations.js';
import { PostgresObjectLocks } from './postgres-object-locks.js';
import { STORAGE_SCHEMA, SWEEPS, type StorageSchema, type StorageSweep } from './schema.js';
import { near, ours, theirs } from './test-database.suite.js';

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

import type { TenantId } from '@holdfast/kernel';
import { Database, prepareDatabase, Secret, serviceUrls, SilentLogger } from '@holdfast/platform';
import { startTestPostgres, type TestPostgres } from '@holdfast/testkit';
import { afterAll, beforeAll } from '@jest/globals';
import { type AuthSchema, type AuthSweep, SWEEPS } from './auth-database.js';
import { migrations } from './migrations.js';

export type AuthTables = Database<AuthSchema, AuthSweep>;

/** An empty database with auth's schema. */
export async function openAuthDatabase(server: TestPostgres): Promise<AuthTables> {
  const adminUrl = new Secret(await server.createDatabase());
  const urls = serviceUrls(adminUrl, 'auth', new Secret('pw'));
  await prepareDatabase({ adminUrl, ...urls, schema: 'auth', migrations });
  return Database.open({ ...urls, schema: 'auth', sweeps: SWEEPS, logger: new SilentLogger() });
}

/** A real server and auth's schema in it, for all tests of a file. */
export function useAuthDatabase(): () => AuthTables {
  let server: TestPostgres;
  let database: AuthTables;
  beforeAll(async () => {
    server = await startTestPostgres();
    database = await openAuthDatabase(server);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await server.stop();
  });
  return () => database;
}

export async function addTenant(database: AuthTables, tenant: TenantId): Promise<void> {
  await database.inTenant(tenant, (tx) =>
    tx
      .insertInto('tenants')
      .values({
        ...{ tenant_id: tenant, display_name: 'Ours', directory_id: 'd', client_id: 'c', cloud: 'global' },
        ...{ credential_kind: 'secret', sealed_credential: Buffer.alloc(1) },
      })
      .execute(),
  );
}

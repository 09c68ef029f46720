import { Database, prepareDatabase, Secret, serviceUrls, SilentLogger } from '@holdfast/platform';
import { startTestPostgres, type TestPostgres } from '@holdfast/testkit';
import { afterAll, beforeAll } from '@jest/globals';
import { migrations } from './migrations.js';
import { SWEEPS, type SchedulerSchema, type SchedulerSweep } from './schema.js';

export type SchedulerTables = Database<SchedulerSchema, SchedulerSweep>;

/** An empty database with scheduler's schema. */
export async function openSchedulerDatabase(server: TestPostgres): Promise<SchedulerTables> {
  const adminUrl = new Secret(await server.createDatabase());
  const urls = serviceUrls(adminUrl, 'scheduler', new Secret('pw'));
  await prepareDatabase({ adminUrl, ...urls, schema: 'scheduler', migrations });
  return Database.open({ ...urls, schema: 'scheduler', sweeps: SWEEPS, logger: new SilentLogger() });
}

/** A real server and scheduler's schema in it, for all tests of a file. */
export function useSchedulerDatabase(): () => SchedulerTables {
  let server: TestPostgres;
  let database: SchedulerTables;
  beforeAll(async () => {
    server = await startTestPostgres();
    database = await openSchedulerDatabase(server);
  }, 60_000);
  afterAll(async () => {
    await database.close();
    await server.stop();
  });
  return () => database;
}

import { parseJobId, parseTenantId, parseVaultId } from '@holdfast/kernel';
import { Database, prepareDatabase, Secret, serviceUrls, SilentLogger } from '@holdfast/platform';
import { startTestPostgres, type TestPostgres } from '@holdfast/testkit';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { randomUUID } from 'node:crypto';
import { migrations } from './migrations.js';
import { PostgresClock } from './postgres-clock.js';
import { PostgresJobs } from './postgres-jobs.js';
import { SWEEPS, type SchedulerSchema, type SchedulerSweep } from './schema.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const PATIENCE_MS = 4_000;
/** At a millisecond each, more than one statement can change in that time. */
const TASKS = 5_000;
/** As a server for which so many tasks are a thousand times as many. */
const slow = {
  name: '9999-slow',
  up: `
    create function slowly() returns trigger language plpgsql as $$
      begin perform pg_sleep(0.001); return new; end $$;
    create trigger slowly before update on tasks for each row execute function slowly();`,
};

let server: TestPostgres;
let database: Database<SchedulerSchema, SchedulerSweep>;
beforeAll(async () => {
  server = await startTestPostgres();
  const adminUrl = new Secret(await server.createDatabase());
  const address = { ...serviceUrls(adminUrl, 'scheduler', new Secret('pw')), schema: 'scheduler' };
  await prepareDatabase({ ...address, adminUrl, migrations: [...migrations, slow] });
  const logger = new SilentLogger();
  database = await Database.open({ ...address, sweeps: SWEEPS, logger, statementMs: PATIENCE_MS });
}, 60_000);
afterAll(async () => {
  await database.close();
  await server.stop();
});

it('follows the clock back with more open tasks than one statement could change', async () => {
  const jobId = parseJobId(randomUUID());
  const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
  const job = { jobId, kind: 'restore', vaultId, timeZone: 'UTC', fullCheck: false, dryRun: false } as const;
  await new PostgresJobs(database).open(ours, { ...job, planId: randomUUID() });
  await database.inTenant(ours, (tx) =>
    sql`
      insert into tasks (tenant_id, job_id, kind, resource_id, lane, not_before)
      select ${ours}, ${jobId}, 'restore', 'mail.' || number, 'restore', now() + interval '2 hours'
      from generate_series(1, ${TASKS}::int) number`.execute(tx),
  );
  await database.acrossTenants('clock', (tx) =>
    sql`select setval('clock_seen', (extract(epoch from clock_timestamp()) * 1000)::bigint + 7200000)`.execute(tx),
  );
  expect(await new PostgresClock(database, { ms: 60_000 }).follow()).toBeGreaterThan(7_000_000);
  const { due } = await database.inTenant(ours, (tx) =>
    tx
      .selectFrom('tasks')
      .select(sql<number>`count(*) filter (where not_before < now() + interval '1 minute')`.as('due'))
      .executeTakeFirstOrThrow(),
  );
  expect(due).toBe(TASKS);
}, 60_000);

import { temporaryFolder } from '@holdfast/demo';
import { SystemClock } from '@holdfast/kernel';
import { describeWithServer } from '@holdfast/testkit';
import { missingDocker, type PostgresContainer, startPostgresContainer } from '@holdfast/testkit/containers';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { rm } from 'node:fs/promises';
import pg from 'pg';
import { DATABASE_CLOCK, DatabaseClock } from './database-clock.js';
import { missingFaketime, ProcessClocks } from './process-clocks.js';

describeWithServer("PostgreSQL's clock", missingDocker() ?? missingFaketime(), () => {
  let folder: string;
  let postgres: PostgresContainer;
  let databaseClock: DatabaseClock;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const clocks = await ProcessClocks.in(folder);
    postgres = await startPostgresContainer({ clock: await clocks.clockOf(DATABASE_CLOCK) });
    databaseClock = new DatabaseClock(clocks, postgres.adminUrl('postgres'));
  }, 120_000);
  afterAll(async () => {
    await postgres.server.stop();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  async function connected(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: postgres.adminUrl('postgres') });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  }

  /** Hours that a session sees the clock off by. */
  async function hoursOff(client: pg.Client): Promise<number> {
    const { rows } = await client.query<{ now: Date }>('select clock_timestamp() as now');
    const offMs = (rows[0]?.now.getTime() ?? 0) - new SystemClock().now();
    // Never -0, which is not 0.
    return Math.round(offMs / 3_600_000) + 0;
  }

  it('moves forward and back under a session that is open, and under one that comes later', async () => {
    const open = await connected();
    const clock = new SystemClock();
    try {
      for (const hours of [2, -3, 48, 0]) {
        await databaseClock.set(hours * 3_600);
        // Each session reads the file by itself, once a second.
        await clock.sleep(1_500);
        expect(await hoursOff(open)).toBe(hours);
        const late = await connected();
        expect(await hoursOff(late)).toBe(hours);
        await late.end();
      }
    } finally {
      await open.end();
    }
  }, 60_000);

  it('leaves time limits as they are, for the alarms of others come while a session waits', async () => {
    await databaseClock.set(-7_200);
    const client = await connected();
    await client.query('set statement_timeout = 500; set idle_in_transaction_session_timeout = 30000');
    await client.query('begin');
    await client.query('select 1');
    await new SystemClock().sleep(2_000);
    expect((await client.query<object>('select 7 as number')).rows).toEqual([{ number: 7 }]);
    await client.end();
  }, 60_000);

  it('is as wrong after a crash as it was before', async () => {
    await databaseClock.set(-7_200);
    await postgres.server.kill();
    await postgres.server.revive();
    const client = await connected();
    expect(await hoursOff(client)).toBe(-2);
    await client.end();
    await databaseClock.putRight();
  }, 60_000);
});

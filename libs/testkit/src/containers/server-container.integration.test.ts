import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { describeWithServer } from '../real-servers.js';
import { missingDocker } from './server-container.js';
import { type PostgresContainer, startPostgresContainer } from './start-postgres-container.js';

describeWithServer('a server in a container', missingDocker(), () => {
  let postgres: PostgresContainer;
  beforeAll(async () => {
    postgres = await startPostgresContainer();
    await query('create table kept as select 7 as number');
  }, 60_000);
  afterAll(() => postgres.server.stop());

  async function query(text: string): Promise<unknown[]> {
    const client = new pg.Client({ connectionString: postgres.adminUrl('postgres'), connectionTimeoutMillis: 500 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<object>(text)).rows;
    } finally {
      await client.end();
    }
  }
  const kept = () => query('select number from kept');

  it('is gone when it is killed, and comes back at the same port with what it had', async () => {
    await postgres.server.kill();
    await expect(kept()).rejects.toThrow();
    await postgres.server.revive();
    expect(await kept()).toEqual([{ number: 7 }]);
  });

  it('does not answer while it is paused', async () => {
    await postgres.server.pause();
    await expect(kept()).rejects.toThrow('timeout');
    await postgres.server.resume();
    expect(await kept()).toEqual([{ number: 7 }]);
  });

  it('cannot be reached while it is off the network', async () => {
    await postgres.server.disconnect();
    await expect(kept()).rejects.toThrow();
    await postgres.server.connect();
    expect(await kept()).toEqual([{ number: 7 }]);
  });
});

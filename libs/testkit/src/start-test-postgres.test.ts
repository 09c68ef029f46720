import { expect, it } from '@jest/globals';
import pg from 'pg';
import { startTestPostgres } from './start-test-postgres.js';

it('tells of a deadlock when the server stops, though both transactions were repeated well', async () => {
  const server = await startTestPostgres();
  const connectionString = await server.createDatabase();
  const clients = [new pg.Client({ connectionString }), new pg.Client({ connectionString })] as const;
  for (const client of clients) await client.connect();
  const [one, other] = clients;
  await one.query('create table t (id int primary key); insert into t values (1), (2)');
  for (const client of clients) await client.query('begin');
  const take = (client: pg.Client, id: number) => client.query('select from t where id = $1 for update', [id]);
  await take(one, 1);
  await take(other, 2);
  const ends = await Promise.allSettled([take(one, 2), take(other, 1)]);
  expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  for (const client of clients) await client.end();
  await expect(server.stop()).rejects.toThrow(/Take their locks in one order[\s\S]*deadlock detected/);
});

it('says nothing where there was none', async () => {
  const server = await startTestPostgres();
  await server.createDatabase();
  await expect(server.stop()).resolves.toBeUndefined();
});

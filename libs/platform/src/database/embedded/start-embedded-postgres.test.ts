import { isAppError, SystemClock } from '@holdfast/kernel';
import { afterEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { translateDatabaseError } from '../database-errors.js';
import { readPostmaster } from './postmaster-file.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './start-embedded-postgres.js';

const clock = new SystemClock();
const made: { folder: string; server?: EmbeddedPostgres }[] = [];

afterEach(async () => {
  const all = made.splice(0);
  for (const { server } of all) await server?.stop();
  for (const { folder } of all) await rm(folder, { recursive: true, force: true });
});

async function started(folder: string, isBySocket = false): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ folder, random: randomBytes, isDurable: false, isBySocket });
  made.push({ folder, server });
  return server;
}

async function query(server: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.adminUrl().reveal() });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** As services tell of it. */
const thrown = (error: unknown): never => {
  throw translateDatabaseError(error);
};
const UNAVAILABLE = { code: 'DEPENDENCY_UNAVAILABLE' };

/** Asks again while the server is away. */
async function patientQuery(server: EmbeddedPostgres, sql: string): Promise<unknown[]> {
  for (let tries = 0; ; tries += 1)
    try {
      return await query(server, sql);
    } catch (error) {
      if (tries > 200 || !isAppError(translateDatabaseError(error), 'DEPENDENCY_UNAVAILABLE')) throw error;
      await clock.sleep(100);
    }
}

const DOORS: readonly (readonly [string, boolean])[] = [
  ['a port', false],
  ['a socket', true],
];

describe('startEmbeddedPostgres', () => {
  it.each(DOORS)(
    'keeps what was written over a stop, a kill -9 and a stale pid file, by %s',
    async (_, isBySocket) => {
      const folder = await mkdtemp(join(tmpdir(), 'pg %'));
      const first = await started(folder, isBySocket);
      await query(first, 'create table kept (n int); insert into kept values (1)');
      await first.stop();

      const second = await started(folder, isBySocket);
      expect(await query(second, 'select n from kept')).toEqual([{ n: 1 }]);
      const postmaster = await readPostmaster(join(folder, 'cluster'));
      process.kill(postmaster!.pid, 'SIGKILL');
      // Whoever keeps it would start it again.
      await second.stop();
      // The number in the file has since been given to a process that is no PostgreSQL: this one.
      await writeFile(join(folder, 'cluster', 'postmaster.pid'), `${process.pid}\n${folder}\n`);
      if (isBySocket) await writeFile(join(folder, '.s.PGSQL.5432.lock'), `${process.pid}\n`);

      const third = await started(folder, isBySocket);
      expect(await query(third, 'select n from kept')).toEqual([{ n: 1 }]);
    },
    60_000,
  );

  it.each(DOORS)(
    'runs again by itself after somebody killed it, by %s',
    async (_, isBySocket) => {
      const folder = await mkdtemp(join(tmpdir(), 'pg-'));
      const server = await started(folder, isBySocket);
      await query(server, 'create table kept (n int); insert into kept values (1)');
      // Nothing is durable here before that.
      await query(server, 'checkpoint');
      for (let times = 0; times < 2; times += 1) {
        process.kill((await readPostmaster(join(folder, 'cluster')))!.pid, 'SIGKILL');
        await expect(query(server, 'select n from kept').catch(thrown)).rejects.toMatchObject(UNAVAILABLE);
        expect(await patientQuery(server, 'select n from kept')).toEqual([{ n: 1 }]);
      }
    },
    60_000,
  );

  it('is tried further where its folder is gone, and ends nothing else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pg-'));
    const server = await started(folder, true);
    process.kill((await readPostmaster(join(folder, 'cluster')))!.pid, 'SIGKILL');
    await rm(join(folder, 'cluster'), { recursive: true });
    await clock.sleep(1_000);
    await expect(query(server, 'select 1').catch(thrown)).rejects.toMatchObject(UNAVAILABLE);
    await server.stop();
  }, 60_000);

  it('stays away where it is stopped before it has come back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pg-'));
    const server = await started(folder, true);
    process.kill((await readPostmaster(join(folder, 'cluster')))!.pid, 'SIGKILL');
    await clock.sleep(100);
    await server.stop();
    await clock.sleep(2_000);
    await expect(query(server, 'select 1')).rejects.toMatchObject({ syscall: 'connect' });
  }, 60_000);

  it('opens no port where it is reached by a socket, and one where the path is too long for a socket', async () => {
    const hosts: string[] = [];
    for (const name of ['short', 'long'.repeat(25)]) {
      const server = await started(await mkdtemp(join(tmpdir(), name)), true);
      const [row] = await query(server, 'select inet_server_port() is null as "isSocket"');
      hosts.push(`${new URL(server.adminUrl().reveal()).hostname} ${JSON.stringify(row)}`);
    }
    expect(hosts).toEqual([
      expect.stringMatching(/^%2F.*short\w+ {"isSocket":true}$/),
      expect.stringMatching(/^127\.0\.0\.1 {"isSocket":false}$/),
    ]);
  }, 60_000);

  it('asks for the password from its own folder', async () => {
    const server = await started(await mkdtemp(join(tmpdir(), 'holdfast-pg-')));
    const wrong = server
      .adminUrl()
      .reveal()
      .replace(/:[^:@]+@/, ':wrong@');
    const client = new pg.Client({ connectionString: wrong });
    await expect(client.connect()).rejects.toThrow(/password authentication failed/);
  }, 60_000);
});

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);

/** A PostgreSQL server of the calling test file. */
export interface TestPostgres {
  /** Makes an empty database; answers its superuser's address. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a server within half a second or so; call it in `beforeAll` and `stop` it in `afterAll`. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-postgres-'));
  // As a whole, with owners and modes: the server runs under another account when we are root.
  await run('cp', ['-a', `${await template()}/.`, folder]);
  const server = await start(folder);
  let databases = 0;
  return {
    createDatabase: async () => {
      const name = `test_${(databases += 1)}`;
      const client = new pg.Client({ connectionString: server.adminUrl().reveal() });
      await client.connect();
      await client.query(`create database ${name}`);
      await client.end();
      return server.adminUrl(name).reveal();
    },
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function start(folder: string) {
  // Loaded late, so that tests without a database do not pay for it.
  const { startEmbeddedPostgres } = await import('@holdfast/platform/embedded-postgres');
  return startEmbeddedPostgres({ folder, random: randomBytes, isDurable: false });
}

/** A cluster that was made and stopped: copying it is ten times as fast as making one. Shared by all runs on this machine. */
async function template(): Promise<string> {
  const ready = join(tmpdir(), `holdfast-test-postgres-18-${userInfo().uid}`);
  if (await stat(ready).catch(() => undefined)) return ready;
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-postgres-'));
  await (await start(folder)).stop();
  try {
    await rename(folder, ready);
  } catch {
    // Another process was faster.
    await rm(folder, { recursive: true, force: true });
  }
  return ready;
}

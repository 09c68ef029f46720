import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
/** At most, of the server's log. */
const LINES_OF_A_DEADLOCK = 12;

/** A PostgreSQL server of the calling test file. */
export interface TestPostgres {
  /** Its files; one of them is the superuser's password. */
  readonly folder: string;
  /** Makes an empty database; answers its superuser's address. */
  createDatabase(): Promise<string>;
  /** Turns TLS on, or replaces what it uses; connections that stand stay. The superuser still signs in without it, by password. */
  useTls(tls: ServerTls): Promise<void>;
  /** Rejects when transactions have deadlocked, which the tests that met it may not have noticed. */
  stop(): Promise<void>;
}

/** What a server with TLS has, PEM texts, and whom it lets in. */
export interface ServerTls {
  readonly ca: string;
  readonly certificate: string;
  readonly privateKey: string;
  /** Lines of pg_hba.conf behind the superuser's. */
  readonly rules: string;
  /** Lines of pg_ident.conf. */
  readonly names: string;
}

/** Starts a server within half a second or so; call it in `beforeAll` and `stop` it in `afterAll`. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-postgres-'));
  // As a whole, with owners and modes: the server runs under another account when we are root.
  await run('cp', ['-a', `${await template()}/.`, folder]);
  const server = await start(folder);
  let databases = 0;
  return {
    folder,
    createDatabase: async () => {
      const name = `test_${(databases += 1)}`;
      const client = new pg.Client({ connectionString: server.adminUrl().reveal() });
      await client.connect();
      await client.query(`create database ${name}`);
      await client.end();
      return server.adminUrl(name).reveal();
    },
    useTls: (tls) => useTls(join(folder, 'cluster'), server.adminUrl().reveal(), tls),
    stop: async () => {
      await server.stop();
      const deadlocks = await deadlocksIn(join(folder, 'server.log'));
      await rm(folder, { recursive: true, force: true });
      // The server gives one of the two up, a repetition succeeds, and the next to meet it is a customer.
      if (deadlocks.length > 0)
        throw new Error(`Transactions waited for each other. Take their locks in one order:\n${deadlocks.join('\n')}`);
    },
  };
}

/** What the server says of each deadlock: who waited for whom, and the statements. */
async function deadlocksIn(log: string): Promise<readonly string[]> {
  const lines = (await readFile(log, 'utf8')).split('\n');
  return lines.flatMap((line, at) =>
    line.includes('deadlock detected') ? lines.slice(at, at + LINES_OF_A_DEADLOCK) : [],
  );
}

async function start(folder: string) {
  // Loaded late, so that tests without a database do not pay for it.
  const { startEmbeddedPostgres } = await import('@holdfast/platform/embedded-postgres');
  return startEmbeddedPostgres({ folder, random: randomBytes, isDurable: false });
}

async function useTls(cluster: string, adminUrl: string, tls: ServerTls): Promise<void> {
  const owner = await stat(cluster);
  const files = {
    'root.pem': tls.ca,
    'server.pem': tls.certificate,
    'server.key': tls.privateKey,
    'pg_hba.conf': `host all ${new URL(adminUrl).username} 127.0.0.1/32 scram-sha-256\n${tls.rules}\n`,
    'pg_ident.conf': `${tls.names}\n`,
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(cluster, name), text, { mode: 0o600 });
    await chown(join(cluster, name), owner.uid, owner.gid);
  }
  const settings = { ssl: 'on', ssl_ca_file: 'root.pem', ssl_cert_file: 'server.pem', ssl_key_file: 'server.key' };
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    for (const [name, value] of Object.entries(settings)) await client.query(`alter system set ${name} = '${value}'`);
    const { rows } = await client.query<{ at: string }>('select pg_conf_load_time()::text as at');
    await client.query('select pg_reload_conf()');
    while ((await client.query<{ at: string }>('select pg_conf_load_time()::text as at')).rows[0]?.at === rows[0]?.at);
  } finally {
    await client.end();
  }
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

import { AppError, type Clock, type RandomBytes, SystemClock } from '@holdfast/kernel';
import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Secret } from '../../config/secret.js';
import { type Logger, SilentLogger } from '../../logging/logger.js';
import { MAX_SOCKET_PATH } from '../../unix-sockets.js';
import { type Account, canReach, serverAccount } from './account.js';
import { binariesFor } from './binaries.js';
import { KeptServer } from './kept-server.js';
import { clearStalePostmaster } from './postmaster-file.js';

const run = promisify(execFile);
const ADMIN = 'holdfast_admin';

export interface EmbeddedPostgresOptions {
  /** Holds the cluster, its password and its log; made when missing. */
  readonly folder: string;
  readonly random: RandomBytes;
  readonly clock?: Clock;
  /** False trades safety against a power cut for speed: for tests. True when absent. */
  readonly isDurable?: boolean;
  /** Whether only this machine's file system leads to it: a socket in the folder, which costs less than a loopback port. False when absent. */
  readonly isBySocket?: boolean;
  /** Hears of it where the server ends by itself. */
  readonly logger?: Logger;
}

/** A PostgreSQL server started by us, on a loopback port of its own or by a socket, and started again where it ends by itself. */
export interface EmbeddedPostgres {
  /** Address for the superuser, of the database `postgres` unless another is named. */
  adminUrl(database?: string): Secret;
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on a folder, making the cluster the first time. Survives restarts and `kill -9`: the server ends with this
 * process, and what a crash left behind is cleared.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = resolve(options.folder);
  const clock = options.clock ?? new SystemClock();
  const account = await serverAccount();
  await ownFolder(folder, account);
  const binaries = await binariesFor(account, folder);
  const cluster = join(folder, 'cluster');
  const password = await passwordOf(folder, options.random);
  if (!(await stat(cluster).catch(() => undefined))) await makeCluster(binaries, cluster, password, account);
  const door = options.isBySocket === true && hasRoom(folder) ? socketIn(folder) : await loopbackPort();
  const command = {
    program: join(binaries, 'bin', 'postgres'),
    args: settings(door, options.isDurable ?? true),
    cluster,
    makeWay: async () => {
      await clearStalePostmaster(cluster, clock);
      // Names a process that is gone, or one that has since been given its number: nobody uses the cluster.
      await rm(`${socketOf(folder)}.lock`, { force: true });
    },
    logFile: join(folder, 'server.log'),
    account,
    clock,
  };
  const server = await KeptServer.start(command, options.logger ?? new SilentLogger());
  return {
    adminUrl: (database = 'postgres') =>
      new Secret(`postgres://${ADMIN}:${password}@${door.host}:${door.port}/${database}`),
    stop: () => server.stop(),
  };
}

/** Where the server is reached: the host and port of its address, and what it is told of them. */
interface Door {
  readonly host: string;
  readonly port: number;
  readonly settings: readonly string[];
}

/** Names the socket; no port is opened. */
const SOCKET_PORT = 5432;
const socketOf = (folder: string) => join(folder, `.s.PGSQL.${SOCKET_PORT}`);

const hasRoom = (folder: string) =>
  process.platform !== 'win32' && Buffer.byteLength(socketOf(folder)) <= MAX_SOCKET_PATH;

function socketIn(folder: string): Door {
  // Seen from the cluster.
  const settings = ['listen_addresses=', 'unix_socket_directories=..'];
  return { host: encodeURIComponent(folder), port: SOCKET_PORT, settings };
}

async function loopbackPort(): Promise<Door> {
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories='];
  return { host: '127.0.0.1', port: await freePort(), settings };
}

function settings(door: Door, isDurable: boolean): readonly string[] {
  const common = [
    `port=${door.port}`,
    ...door.settings,
    'max_connections=200',
    'log_min_messages=warning',
    'log_min_error_statement=panic',
    'log_error_verbosity=terse',
  ];
  const fast = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'shared_buffers=32MB'];
  return [...common, ...(isDurable ? [] : fast)].flatMap((setting) => ['-c', setting]);
}

async function ownFolder(folder: string, account: Account | undefined): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  if (account) await chown(folder, account.uid, account.gid);
  if (await canReach(account, folder)) return;
  throw new AppError(
    'FAILED_PRECONDITION',
    `The account that runs PostgreSQL cannot reach the folder ${folder}, because a folder above it is closed to others. ` +
      'Choose a data folder elsewhere, or start as a user other than root.',
  );
}

async function passwordOf(folder: string, random: RandomBytes): Promise<string> {
  const file = join(folder, 'password');
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (kept !== '') return kept.trim();
  const made = Buffer.from(random(24)).toString('base64url');
  await writeFile(`${file}.new`, made, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return made;
}

/** Made beside and renamed, so that a cluster is there whole or not at all. */
async function makeCluster(
  binaries: string,
  cluster: string,
  password: string,
  account: Account | undefined,
): Promise<void> {
  const half = `${cluster}.new`;
  await rm(half, { recursive: true, force: true });
  const passwordFile = `${half}.password`;
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account) await chown(passwordFile, account.uid, account.gid);
  const args = ['--auth=scram-sha-256', `--username=${ADMIN}`, `--pwfile=${passwordFile}`];
  try {
    await run(join(binaries, 'bin', 'initdb'), ['-D', half, ...args, '--encoding=UTF8', '--no-locale', '--no-sync'], {
      ...account,
      cwd: join(cluster, '..'),
    });
  } catch (error) {
    const why = String(error).match(/(?:FATAL|error): +(.*)/)?.[1];
    throw new AppError(
      'FAILED_PRECONDITION',
      `PostgreSQL could not make its database in ${join(cluster, '..')}${why === undefined ? '' : `: ${why}`}. It needs 100 MB to begin with. Make room, or choose another data folder.`,
      { cause: error },
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(half, cluster);
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

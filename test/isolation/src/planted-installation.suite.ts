import {
  closeAll,
  HoldfastApi,
  type RunningSimulator,
  startChild,
  startSimulatorProcess,
  temporaryFolder,
} from '@holdfast/demo';
import { SystemClock } from '@holdfast/kernel';
import { tellingAll } from '@holdfast/test-e2e';
import { OtlpReceiver } from '@holdfast/testkit';
import { randomBytes } from 'node:crypto';
import { globSync } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';

/** Where an installation in one process keeps what nobody else may see; a file for each is the place for it. */
const KEPT_SECRETS = ['data/secrets.json', 'data/postgres/password'];

export interface InstalledFile {
  readonly path: string;
  readonly bytes: Buffer;
}

/** An installation that logs all there is, and whose messages, database and files can be looked into. */
export interface OpenInstallation {
  readonly url: string;
  readonly apiKey: string;
  readonly api: HoldfastApi;
  readonly simulator: RunningSimulator;
  /** A folder that backups may go to. */
  readonly backups: string;
  /** What the installation keeps to itself, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** All that its processes have written to their standard output and standard error. */
  readLog(): Promise<string>;
  /** All that went over the bus, one line of JSON each. */
  events(): Promise<string>;
  /** All spans and metrics, one line of JSON each. */
  telemetry(): string;
  /** The database's owner. */
  database(): pg.Client;
  /** Every file that the installation has made, but for those that are there to keep its secrets. */
  files(): AsyncIterable<InstalledFile>;
  /** The log of the database, among the files. */
  readonly databaseLog: string;
  close(): Promise<void>;
}

/** Starts one without tenants. */
export async function startOpenInstallation(seed: number): Promise<OpenInstallation> {
  const folder = await temporaryFolder();
  const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const simulated = join(folder, 'simulator');
    const [backups, scratch] = [join(folder, 'backups'), join(folder, 'scratch')];
    for (const place of [simulated, backups, scratch]) await mkdir(place);
    const simulator = await startSimulatorProcess(simulated, seed);
    closers.push(() => simulator.close());
    const data = join(folder, 'data');
    const eventsFile = join(folder, 'events');
    await writeFile(eventsFile, '');
    const written: string[] = [];
    const receiver = await OtlpReceiver.start();
    closers.push(() => receiver.close());
    const child = await startChild(
      resolve(import.meta.dirname, '../dist/main.js'),
      [data, simulator.cloudsFile, randomBytes(32).toString('hex'), eventsFile],
      { TMPDIR: scratch, ...tellingAll(receiver) },
      (text) => written.push(text),
    );
    closers.push(() => child.stop());
    const { url } = child.ready as { readonly url: string };
    const kept = JSON.parse(await readFile(join(data, 'secrets.json'), 'utf8')) as Record<string, string>;
    const password = await readFile(join(data, 'postgres/password'), 'utf8');
    const apiKey = kept['apiKey'] ?? '';
    const api = new HoldfastApi(url, apiKey, new SystemClock());
    closers.push(() => api.close());
    const database = await addressOf(join(data, 'postgres/cluster'));
    return {
      url,
      apiKey,
      api,
      simulator,
      backups,
      secrets: { ...kept, postgresPassword: password },
      readLog: async () => written.join(''),
      events: () => readFile(eventsFile, 'utf8'),
      telemetry: () => told(receiver),
      database: () => new pg.Client({ ...database, user: 'holdfast_admin', password, database: 'postgres' }),
      files: () => filesIn({ backups, data, scratch }, KEPT_SECRETS),
      databaseLog: 'data/postgres/server.log',
      close: () => closeAll(closers),
    };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

/** Where a running PostgreSQL is reached, by what it says itself: the folder of its socket, or a loopback port. */
async function addressOf(cluster: string): Promise<{ readonly host: string; readonly port: number }> {
  const [, , , port, sockets] = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n');
  return { host: sockets ? resolve(cluster, sockets) : '127.0.0.1', port: Number(port) };
}

/** What a receiver was told, one line each. */
export function told({ spans, points }: OtlpReceiver): string {
  return [...spans, ...points].map((one) => JSON.stringify(one)).join('\n');
}

/** Every file of some folders, by the folder's name and its path in it. */
export async function* filesIn(
  folders: Readonly<Record<string, string>>,
  kept: readonly string[],
): AsyncGenerator<InstalledFile> {
  for (const [name, folder] of Object.entries(folders))
    for (const below of globSync('**/*', { cwd: folder })) {
      const path = `${name}/${below}`;
      if (kept.includes(path)) continue;
      const whole = join(folder, below);
      const isFile = await stat(whole).then(
        (found) => found.isFile(),
        () => false,
      );
      // A file of the database's may go while it runs.
      if (isFile) yield { path, bytes: await readFile(whole).catch(() => Buffer.alloc(0)) };
    }
}

/** Every row of every table of every schema, as its owner sees it: one line of JSON each, after the table's name. */
export async function dumpDatabase(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  const { rows: tables } = await client.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm') and n.nspname !~ '^pg_|^information_schema$' order by 1`,
  );
  const dump = new Map<string, string>();
  for (const { name } of tables) {
    const { rows } = await client.query<{ row: string }>(`select row_to_json(t)::text as row from ${name} t`);
    dump.set(name, rows.map(({ row }) => row).join('\n'));
  }
  return dump;
}

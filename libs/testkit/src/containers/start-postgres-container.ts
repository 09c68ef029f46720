import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { ServerContainer } from './server-container.js';

const IMAGE = 'postgres:17';
const ANSWER_WITHIN_MS = 2_000;
const DATA = '/data';
const CLOCK = '/clock';
const CLOCK_LIBRARY = '/libfaketime.so.1';

export interface PostgresContainer {
  readonly server: ServerContainer;
  /** Its superuser's address of a database, at another port than the server's own where there is a way around. */
  adminUrl(database: string, port?: number): string;
}

export interface PostgresPlan {
  /** As `postgresql.conf` has them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** A folder of this machine that holds its data; the engine's disk when absent. */
  readonly data?: string | undefined;
  /** What tells it the time; the engine's machine when absent. */
  readonly clock?: SetClock | undefined;
}

/** A clock that is off by what a file says. */
export interface SetClock {
  /** libfaketime on this machine, of the image's libc or an older one. */
  readonly library: string;
  /** Of this machine, with the file in it: a file that is replaced would stay what it was in the container. */
  readonly folder: string;
  readonly file: string;
  /** How libfaketime is to read it. */
  readonly settings: Readonly<Record<string, string>>;
}

/** A PostgreSQL server whose data outlive a crash; of the image `HOLDFAST_TEST_POSTGRES_IMAGE` where that is set. */
export async function startPostgresContainer({
  settings = {},
  data,
  clock,
}: PostgresPlan = {}): Promise<PostgresContainer> {
  const password = randomBytes(12).toString('hex');
  const adminUrl = (database: string, port: number) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
  const given = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const server = await ServerContainer.start({
    image: process.env['HOLDFAST_TEST_POSTGRES_IMAGE'] ?? IMAGE,
    script: 'postgres',
    command: ['/postgres', DATA, password, ...given],
    port: 5432,
    folders: {
      ...(data !== undefined && { [DATA]: data }),
      ...(clock && { [CLOCK]: clock.folder, [CLOCK_LIBRARY]: clock.library }),
    },
    ...(clock && {
      environment: { ...clock.settings, PRELOAD: CLOCK_LIBRARY, FAKETIME_TIMESTAMP_FILE: `${CLOCK}/${clock.file}` },
    }),
    ask: (port) => selectOne(adminUrl('postgres', port)),
  });
  return { server, adminUrl: (database, port = server.port) => adminUrl(database, port) };
}

async function selectOne(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: ANSWER_WITHIN_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
  } finally {
    await client.end();
  }
}

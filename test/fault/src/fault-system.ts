import { closeAll, type RunningSystem, startSimulatorProcess, temporaryFolder } from '@holdfast/demo';
import { SystemClock } from '@holdfast/kernel';
import type { BackupPlace } from '@holdfast/oracle';
import { type Cluster, startCluster } from '@holdfast/test-e2e';
import {
  type ServerContainer,
  type SetClock,
  startNatsContainer,
  startPostgresContainer,
  startS3Container,
} from '@holdfast/testkit/containers';
import pg from 'pg';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keeperOf, newBucketPlace, newFolderOnDisk } from './backup-places.js';
import { BucketProxy, type KeepObject } from '@holdfast/testkit/bucket-proxy';
import { missingSmallDisk, SmallDisk } from '@holdfast/testkit/small-disk';
import { DATABASE_CLOCK, DatabaseClock } from './database-clock.js';
import { ProcessClocks } from './process-clocks.js';
import { LeaseBook } from './lease-book.js';
import { PatientApi } from './patient-api.js';
import { Wiring } from './wiring.js';

/** Two processes do what any number may do. */
const COPIES = { crawler: 2, restore: 2 };
/** Short times, so that what heals by waiting heals within a test; the counts are the product's own. */
const SETTINGS = {
  LEASE: '5s',
  SWEEP_INTERVAL: '1s',
  LOOK_INTERVAL: '2s',
  CATCH_UP_INTERVAL: '2s',
  DESTINATION_PATIENCE: '20s',
  CRAWLER_WORKERS: '0',
  CHECKPOINT_EVERY: '5',
  DATABASE_PATIENCE: '3s',
};
/** Room for the services and for whoever looks at them, and not for much more. */
const CONNECTIONS = 150;
const DATABASE = 'holdfast';
/** More than the database of these tests grows to, with as much of its log as {@link WAL} allows. */
const DATABASE_MIB = 512;
const WAL = { max_wal_size: '128MB', min_wal_size: '32MB' };

/** The servers that the services stand on, each a real one in a container. */
export interface Servers {
  readonly nats: ServerContainer;
  readonly postgres: ServerContainer;
  readonly bucket: ServerContainer;
}
export type ServerName = keyof Servers;

/** The cluster edition on real servers, with a hand on everything that can break. */
export interface FaultSystem {
  readonly system: RunningSystem;
  readonly cluster: Cluster;
  readonly servers: Servers;
  readonly wiring: Wiring;
  readonly bucket: BucketProxy;
  /** Puts objects into the bucket around {@link bucket}. */
  readonly keepObject: KeepObject;
  readonly clocks: ProcessClocks;
  readonly databaseClock: DatabaseClock;
  readonly book: LeaseBook;
  readonly natsUrl: string;
  /** PostgreSQL as its superuser, around the wires. */
  readonly databaseUrl: string;
  /** What PostgreSQL's data lie on; undefined where `missingSmallDisk` says why. */
  readonly databaseDisk: SmallDisk | undefined;
  /** Another place for backups, which one tenant has to itself: a bucket behind {@link bucket}, or a disk that is soon full. */
  newPlace(where: 'bucket' | 'small-disk', name: string): Promise<BackupPlace>;
  /** The disks made so far, the newest last. */
  readonly disks: readonly SmallDisk[];
}

export async function startFaultSystem(): Promise<FaultSystem> {
  const clock = new SystemClock();
  const folder = await temporaryFolder();
  const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const simulator = await startSimulatorProcess(folder, 1);
    closers.push(() => simulator.close());
    const databaseDisk =
      missingSmallDisk() === undefined ? await SmallDisk.on(join(folder, 'database'), DATABASE_MIB) : undefined;
    if (databaseDisk) closers.push(() => databaseDisk.remove());
    const clocks = await ProcessClocks.in(folder);
    const databaseClock = await clocks.clockOf(DATABASE_CLOCK);
    const starting = [startNatsContainer(), startPostgres(databaseDisk, databaseClock), startS3Container()] as const;
    const [nats, postgres, s3] = await Promise.all(starting);
    closers.push(...[nats, postgres.server, s3.server].map((server) => () => server.stop()));
    const bucket = await BucketProxy.to(s3.server.port);
    const wiring = new Wiring();
    const natsUrl = `nats://127.0.0.1:${nats.port}`;
    const databaseUrl = postgres.adminUrl(DATABASE);
    const cluster = await startCluster({
      databaseUrl,
      natsUrl,
      cloudsFile: simulator.cloudsFile,
      copies: COPIES,
      settings: SETTINGS,
      environmentOf: async (process) => ({
        ...(await clocks.environmentOf(process)),
        CLOUDS_FILE: await wiredClouds(wiring, process, simulator.cloudsFile),
      }),
      portTo: (process, peer, port) => wiring.portTo(process, peer, port),
    });
    closers.push(
      async () => bucket.close(),
      async () => wiring.close(),
      () => cluster.stop(),
    );
    await cluster.ready();
    const { url, apiKey } = cluster;
    const api = new PatientApi(url, apiKey, clock);
    closers.push(() => api.close());
    const backups = join(folder, 'backups');
    await mkdir(backups);
    const disks: SmallDisk[] = [];
    return {
      system: {
        folder,
        backups,
        destination: {},
        url,
        apiKey,
        simulatorUrl: simulator.url,
        api,
        control: simulator.control,
        processIds: [],
        close: () => closeAll(closers),
      },
      cluster,
      servers: { nats, postgres: postgres.server, bucket: s3.server },
      wiring,
      bucket,
      keepObject: keeperOf(s3.account),
      clocks,
      databaseClock: new DatabaseClock(clocks, databaseUrl),
      book: await LeaseBook.open(databaseUrl),
      natsUrl,
      databaseUrl,
      databaseDisk,
      disks,
      newPlace: async (where, name) => {
        const path = join(backups, name);
        if (where === 'bucket') return newBucketPlace(s3.account, bucket.port, path);
        const place = await newFolderOnDisk(path);
        disks.push(place.disk);
        return place;
      },
    };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

/** The simulator as one process reaches it: at a wire of its own. Answers the file. */
async function wiredClouds(wiring: Wiring, process: string, cloudsFile: string): Promise<string> {
  const text = await readFile(cloudsFile, 'utf8');
  const ports = new Set(Array.from(text.matchAll(/https:\/\/[^:/"]+:(\d+)/g), ([, port]) => Number(port)));
  let wired = text;
  for (const port of ports) wired = wired.replaceAll(`:${port}`, `:${await wiring.portTo(process, 'microsoft', port)}`);
  const path = `${cloudsFile}.${process}`;
  await writeFile(path, wired);
  return path;
}

async function startPostgres(disk: SmallDisk | undefined, clock: SetClock | undefined) {
  const postgres = await startPostgresContainer({
    settings: { fsync: 'off', max_connections: `${CONNECTIONS}`, ...WAL },
    // Not the disk itself, in which its ballast lies.
    data: disk && join(disk.path, 'data'),
    clock,
  });
  const client = new pg.Client({ connectionString: postgres.adminUrl('postgres') });
  await client.connect();
  await client.query(`create database ${DATABASE}`);
  await client.end();
  return postgres;
}

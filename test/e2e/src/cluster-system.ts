import { closeAll, HoldfastApi, type RunningSystem, startSimulatorProcess, temporaryFolder } from '@holdfast/demo';
import { SystemClock } from '@holdfast/kernel';
import { DevelopmentCa } from '@holdfast/platform';
import type { S3Server } from '@holdfast/testkit';
import { Client } from 'minio';
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cluster, startCluster } from './cluster.js';
import { startSecureServers } from './secure-servers.js';

const REGION = 'us-east-1';

/** A destination as the API takes it, made for one test; below the folder where it is one. */
export type MakeDestination = (folder: string) => Promise<object>;

/** A running cluster, and a hand on its processes. */
export interface ClusterSystem extends RunningSystem {
  readonly cluster: Cluster;
}

/** The cluster edition on NATS and PostgreSQL of its own, beside a simulator. Two processes do what any number may do. */
export async function startClusterSystem(
  seed: number,
  makeDestination: MakeDestination,
  settings: Readonly<Record<string, string>> = {},
): Promise<ClusterSystem> {
  const clock = new SystemClock();
  const folder = await temporaryFolder();
  const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const simulator = await startSimulatorProcess(folder, seed);
    closers.push(() => simulator.close());
    const ca = await DevelopmentCa.create(clock);
    const servers = await startSecureServers(ca);
    closers.push(() => servers.stop());
    const cluster = await startCluster({
      ca,
      databaseUrl: await servers.createDatabase(),
      natsUrl: servers.natsUrl,
      cloudsFile: simulator.cloudsFile,
      copies: { crawler: 2, restore: 2 },
      settings,
    });
    closers.push(() => cluster.stop());
    await cluster.ready();
    const { url, apiKey } = cluster;
    const api = new HoldfastApi(url, apiKey, clock);
    closers.push(() => api.close());
    return {
      folder,
      backups: folder,
      destination: await makeDestination(folder),
      url,
      apiKey,
      simulatorUrl: simulator.url,
      api,
      control: simulator.control,
      processIds: [],
      cluster,
      close: () => closeAll(closers),
    };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

/** A folder that all storages see. */
export async function newFolder(folder: string): Promise<object> {
  const path = join(folder, 'backups');
  await mkdir(path);
  return { displayName: 'Backup folder', settings: { kind: 'folder', path }, credentials: { kind: 'folder' } };
}

export async function newBucket({ host, port, accessKey, secretKey }: S3Server): Promise<object> {
  const bucket = `e2e-${randomUUID()}`;
  const client = new Client({ endPoint: host, port, useSSL: false, region: REGION, accessKey, secretKey });
  await client.makeBucket(bucket, REGION);
  return {
    displayName: 'Backup bucket',
    settings: { kind: 's3', host, port, tls: false, bucket, region: REGION },
    credentials: { kind: 's3', accessKey, secretKey },
  };
}

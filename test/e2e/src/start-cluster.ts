import { closeAll, HoldfastApi, type RunningSystem, startSimulatorProcess, temporaryFolder } from '@holdfast/demo';
import { SystemClock } from '@holdfast/kernel';
import { DevelopmentCa, type ServiceName, SERVICES } from '@holdfast/platform';
import { type S3Server, startTestNats, startTestPostgres } from '@holdfast/testkit';
import { Client } from 'minio';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { clusterSettings } from './cluster-settings.js';
import { startServiceProcess } from './service-process.js';

const REGION = 'us-east-1';
/** Those that others ask come first. */
const ORDER: readonly ServiceName[] = ['scheduler', 'auth', 'storage', 'reporting', 'restore', 'crawler', 'gateway'];

/** Every service in a process of its own, with mutual TLS, on NATS, PostgreSQL and a bucket, beside a simulator. */
export async function startCluster(seed: number, s3: S3Server): Promise<RunningSystem> {
  const clock = new SystemClock();
  const folder = await temporaryFolder();
  const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const simulator = await startSimulatorProcess(folder, seed);
    closers.push(() => simulator.close());
    const [postgres, nats] = await Promise.all([startTestPostgres(), startTestNats()]);
    closers.push(
      () => postgres.stop(),
      () => nats.stop(),
    );
    const certificates = join(folder, 'certificates');
    await (await DevelopmentCa.create(clock)).writeTo(certificates, SERVICES);
    const postgresUrl = await postgres.createDatabase();
    const place = { postgresUrl, natsUrl: nats.url, cloudsFile: simulator.cloudsFile, certificates };
    const { apiKey, url, of } = await clusterSettings(place);
    for (const name of ORDER) {
      const service = await startServiceProcess(name, of.get(name) ?? {}, clock);
      closers.push(() => service.stop());
    }
    const api = new HoldfastApi(url, apiKey, clock);
    closers.push(() => api.close());
    return {
      folder,
      backups: folder,
      destination: await newBucket(s3),
      url,
      apiKey,
      simulatorUrl: simulator.url,
      api,
      control: simulator.control,
      processIds: [],
      close: () => closeAll(closers),
    };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

async function newBucket({ host, port, accessKey, secretKey }: S3Server): Promise<object> {
  const bucket = `e2e-${randomUUID()}`;
  const client = new Client({ endPoint: host, port, useSSL: false, region: REGION, accessKey, secretKey });
  await client.makeBucket(bucket, REGION);
  return {
    displayName: 'Backup bucket',
    settings: { kind: 's3', host, port, tls: false, bucket, region: REGION },
    credentials: { kind: 's3', accessKey, secretKey },
  };
}

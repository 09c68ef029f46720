import { closeAll, HoldfastApi, startSimulatorProcess, temporaryFolder } from '@holdfast/demo';
import { SystemClock } from '@holdfast/kernel';
import { startCluster, tellingAll } from '@holdfast/test-e2e';
import { OtlpReceiver, startTestNats, startTestPostgres } from '@holdfast/testkit';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { filesIn, type OpenInstallation, told } from './planted-installation.suite.js';

/** The superuser's, which the server keeps beside its files. */
const KEPT_SECRETS = ['postgres/password'];

/** The cluster edition on servers of its own, without tenants; everything on the bus is listened to, the servers' own messages among it. */
export async function startOpenCluster(seed: number): Promise<OpenInstallation> {
  const folder = await temporaryFolder();
  const closers: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const [simulated, backups, scratch] = ['simulator', 'backups', 'scratch'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    for (const place of [simulated, backups, scratch]) await mkdir(place);
    const simulator = await startSimulatorProcess(simulated, seed);
    closers.push(() => simulator.close());
    const [postgres, nats, receiver] = [await startTestPostgres(), await startTestNats(), await OtlpReceiver.start()];
    closers.push(
      () => postgres.stop(),
      () => nats.stop(),
      () => receiver.close(),
    );
    const bus = await connect({ servers: nats.url });
    closers.push(() => bus.close());
    const messages = listen(bus);
    const databaseUrl = await postgres.createDatabase();
    const cluster = await startCluster({
      databaseUrl,
      natsUrl: nats.url,
      cloudsFile: simulator.cloudsFile,
      copies: { crawler: 2, restore: 2 },
      settings: { LOG_LEVEL: 'debug', TMPDIR: scratch, ...tellingAll(receiver) },
    });
    closers.push(() => cluster.stop());
    await cluster.ready();
    const { url, apiKey } = cluster;
    const api = new HoldfastApi(url, apiKey, new SystemClock());
    closers.push(() => api.close());
    let log = '';
    const password = await readFile(join(postgres.folder, 'password'), 'utf8');
    const { PROVIDER_KEY: providerKey = '', ...others } = cluster.secrets;
    return {
      url,
      apiKey,
      api,
      simulator,
      backups,
      secrets: { providerKey, ...others, postgresPassword: password },
      readLog: async () => (log += await cluster.newLog()),
      events: async () => messages.join('\n'),
      telemetry: () => told(receiver),
      database: () => new pg.Client({ connectionString: databaseUrl }),
      files: () => filesIn({ backups, scratch, postgres: postgres.folder, nats: nats.folder }, KEPT_SECRETS),
      databaseLog: 'postgres/server.log',
      close: () => closeAll(closers),
    };
  } catch (error) {
    await closeAll(closers);
    throw error;
  }
}

/** All that goes over the bus from here on. */
function listen(bus: NatsConnection): readonly string[] {
  const messages: string[] = [];
  bus.subscribe('>', {
    callback: (_, { subject, data }) => {
      messages.push(JSON.stringify({ subject, data: Buffer.from(data).toString() }));
    },
  });
  return messages;
}

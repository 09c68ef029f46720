import { SystemClock } from '@holdfast/kernel';
import { DevelopmentCa, SERVICES, serviceUrls, Secret, type ServiceName } from '@holdfast/platform';
import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

export interface ClusterOptions {
  /** Authority of the services and of servers that speak TLS; one of its own, and servers without TLS, when absent. */
  readonly ca?: DevelopmentCa;
  /** PostgreSQL as an administrator. */
  readonly databaseUrl: string;
  readonly natsUrl: string;
  readonly cloudsFile: string;
  /** How many processes of a service; one unless given. */
  readonly copies?: Partial<Record<ServiceName, number>>;
  /** Further settings of every service. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where storage answers over HTTPS, when another address has to be used than its own. */
  readonly placesUrl?: (storagePort: number) => Promise<string>;
}

/** One process of a cluster. */
export interface ClusterProcess {
  readonly service: ServiceName;
  readonly pid: number;
}

/** The cluster edition: every service in processes of its own, with certificates of a development authority. */
export interface Cluster {
  readonly url: string;
  readonly apiKey: string;
  readonly processes: readonly ClusterProcess[];
  /** Resolves when every service is ready; the services start side by side. */
  ready(): Promise<void>;
  /** What the services logged: for a person who looks at a failure. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'hf-cluster-'));
  const ca = options.ca ?? (await DevelopmentCa.create(new SystemClock()));
  await ca.writeTo(folder, SERVICES);
  const grpc = await portsOf(SERVICES);
  const http = await portsOf(['gateway', 'restore', 'storage']);
  const health = await portsOf(SERVICES);
  const apiKey = randomBytes(32).toString('base64url');
  const secrets = {
    PROVIDER_KEY: randomBytes(32).toString('base64'),
    GRANT_KEY: newSigningKey(),
    AUDIT_KEY: newSigningKey(),
    PLACES_SECRET: randomBytes(32).toString('base64url'),
    BOOTSTRAP_API_KEY: apiKey,
  };
  const logFile = join(folder, 'log');
  const placesUrl = await options.placesUrl?.(http.get('storage') ?? 0);
  const children: ChildProcess[] = [];
  const processes: ClusterProcess[] = [];
  for (const service of SERVICES) {
    const { url, sweepUrl } = serviceUrls(new Secret(options.databaseUrl), service, new Secret('of-the-test'));
    for (let copy = 0; copy < (options.copies?.[service] ?? 1); copy += 1) {
      const child = spawn(process.execPath, [join(root, 'services', service, 'dist/main.js')], {
        stdio: ['ignore', openSync(logFile, 'a'), openSync(logFile, 'a')],
        env: {
          ...addresses(grpc),
          ...secrets,
          LOG_LEVEL: 'warn',
          GRPC_LISTEN: `127.0.0.1:${copy === 0 ? (grpc.get(service) ?? 0) : 0}`,
          HTTP_LISTEN: `127.0.0.1:${copy === 0 ? (http.get(service) ?? 0) : 0}`,
          HEALTH_LISTEN: `127.0.0.1:${copy === 0 ? (health.get(service) ?? 0) : 0}`,
          RESTORE_HTTP_URL: `https://127.0.0.1:${http.get('restore') ?? 0}`,
          ...(placesUrl !== undefined && { PLACES_URL: placesUrl }),
          DATABASE_URL: url.reveal(),
          DATABASE_SWEEP_URL: sweepUrl.reveal(),
          DATABASE_ADMIN_URL: options.databaseUrl,
          NATS_URL: options.natsUrl,
          CLOUDS_FILE: options.cloudsFile,
          TLS_CA_FILE: join(folder, 'ca.pem'),
          ...(options.ca && { NATS_CA_FILE: join(folder, 'ca.pem'), DATABASE_CA_FILE: join(folder, 'ca.pem') }),
          TLS_CERTIFICATE_FILE: join(folder, `${service}.pem`),
          TLS_PRIVATE_KEY_FILE: join(folder, `${service}.key`),
          ...options.settings,
        },
      });
      children.push(child);
      // At the latest with this process, however it ends.
      const killWithUs = () => child.kill('SIGKILL');
      process.once('exit', killWithUs);
      child.once('exit', () => process.off('exit', killWithUs));
      processes.push({ service, pid: child.pid ?? 0 });
    }
  }
  return {
    url: `http://127.0.0.1:${http.get('gateway') ?? 0}`,
    apiKey,
    processes,
    ready: async () => {
      for (const port of health.values())
        if (!(await isReadySoon(port)))
          throw new Error(`The cluster did not come up:\n${await readFile(logFile, 'utf8')}`);
    },
    log: () => readFile(logFile, 'utf8'),
    stop: async () => {
      await Promise.all(children.map(ended));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const newSigningKey = () => generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  const hard = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await closed;
  clearTimeout(hard);
}

/** As a probe sees it, which has no certificate. */
async function isReadySoon(port: number): Promise<boolean> {
  const clock = new SystemClock();
  for (let tries = 0; tries < 600; tries += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
    if (answer?.status === 200) return true;
    await clock.sleep(100);
  }
  return false;
}

const addresses = (ports: ReadonlyMap<ServiceName, number>) =>
  Object.fromEntries([...ports].map(([service, port]) => [`${service.toUpperCase()}_ADDRESS`, `127.0.0.1:${port}`]));

async function portsOf(services: readonly ServiceName[]): Promise<ReadonlyMap<ServiceName, number>> {
  const ports = new Map<ServiceName, number>();
  for (const service of services) ports.set(service, await freePort());
  return ports;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

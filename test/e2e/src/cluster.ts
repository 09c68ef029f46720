import { SystemClock } from '@holdfast/kernel';
import { DevelopmentCa, SERVICES, serviceUrls, Secret, type ServiceName } from '@holdfast/platform';
import { freePort } from '@holdfast/testkit/free-port';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServiceProcess } from './service-process.js';

const READY_WITHIN_MS = 180_000;

/** What a process of the cluster connects to, beside Microsoft and the destinations. */
export type Peer = ServiceName | 'postgres' | 'nats';

export interface ClusterOptions {
  /** Authority of the services and of servers that speak TLS; one of its own, and servers without TLS, when absent. */
  readonly ca?: DevelopmentCa;
  /** PostgreSQL as an administrator. */
  readonly databaseUrl: string;
  readonly natsUrl: string;
  readonly cloudsFile: string;
  /** How many processes of a service; one unless given. */
  readonly copies?: Partial<Record<ServiceName, number>>;
  /** Settings of all services, or of all that have them. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where storage answers over HTTPS, when another address has to be used than its own. */
  readonly placesUrl?: (storagePort: number) => Promise<string>;
  /** Environment of one process beside its settings. */
  readonly environmentOf?: (process: string) => Promise<Readonly<Record<string, string>>>;
  /** The port of 127.0.0.1 by which a process reaches a peer at another one; the peer's own when absent. */
  readonly portTo?: (process: string, peer: Peer, port: number) => Promise<number>;
}

/** The cluster edition: every service in processes of its own, with certificates of a development authority. */
export interface Cluster {
  readonly url: string;
  readonly apiKey: string;
  /** Settings of the services that nobody else may see, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly processes: readonly ServiceProcess[];
  /** Resolves when every service is ready; the services start side by side. */
  ready(): Promise<void>;
  /** What the services logged: for a person who looks at a failure. */
  log(): Promise<string>;
  /** What they logged since it was asked for last. */
  newLog(): Promise<string>;
  stop(): Promise<void>;
}

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'hf-cluster-'));
  const ca = options.ca ?? (await DevelopmentCa.create(new SystemClock()));
  await ca.writeTo(folder, SERVICES);
  const apiKey = randomBytes(32).toString('base64url');
  const ports = { grpc: await portsOf(SERVICES), http: await portsOf(SERVICES) };
  const placesUrl = await options.placesUrl?.(portOf(ports.http, 'storage'));
  const parts = { options, folder, placesUrl, apiKey, secrets: makeSecrets(apiKey), logFile: join(folder, 'log') };
  const processes: ServiceProcess[] = [];
  let read = 0;
  for (const service of SERVICES)
    for (let copy = 0; copy < (options.copies?.[service] ?? 1); copy += 1)
      processes.push(await startProcess(parts, ports, service, copy));
  return {
    url: `http://127.0.0.1:${portOf(ports.http, 'gateway')}`,
    apiKey,
    secrets: parts.secrets,
    processes,
    ready: async () => {
      for (const process of processes)
        if (!(await process.becomesReady(READY_WITHIN_MS)))
          throw new Error(`The cluster did not come up:\n${await readFile(parts.logFile, 'utf8')}`);
    },
    log: () => readFile(parts.logFile, 'utf8'),
    newLog: async () => {
      const log = await readFile(parts.logFile, 'utf8');
      const from = read;
      read = log.length;
      return log.slice(from);
    },
    stop: async () => {
      await Promise.all(processes.map((process) => process.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const newSigningKey = () => generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });

type Ports = ReadonlyMap<ServiceName, number>;

interface Parts {
  readonly options: ClusterOptions;
  readonly folder: string;
  readonly placesUrl: string | undefined;
  readonly secrets: Readonly<Record<string, string>>;
  readonly logFile: string;
}

/** The first process of a service is the one that the others reach. */
async function startProcess(
  { options, folder, placesUrl, secrets, logFile }: Parts,
  { grpc, http }: { readonly grpc: Ports; readonly http: Ports },
  service: ServiceName,
  copy: number,
): Promise<ServiceProcess> {
  const name = `${service}-${copy}`;
  const portTo = async (peer: Peer, port: number) => (await options.portTo?.(name, peer, port)) ?? port;
  const listen = (ports: Ports) => `127.0.0.1:${copy === 0 ? portOf(ports, service) : 0}`;
  const healthPort = await freePort();
  const postgres = await movedUrl(options.databaseUrl, (port) => portTo('postgres', port));
  const { url, sweepUrl } = serviceUrls(new Secret(postgres), service, new Secret('of-the-test'));
  const peers = SERVICES.map(async (peer) => [
    `${peer.toUpperCase()}_ADDRESS`,
    `127.0.0.1:${await portTo(peer, portOf(grpc, peer))}`,
  ]);
  const environment = {
    ...(Object.fromEntries(await Promise.all(peers)) as Record<string, string>),
    ...secrets,
    LOG_LEVEL: 'warn',
    ...options.settings,
    GRPC_LISTEN: listen(grpc),
    HTTP_LISTEN: listen(http),
    HEALTH_LISTEN: `127.0.0.1:${healthPort}`,
    RESTORE_HTTP_URL: `https://127.0.0.1:${portOf(http, 'restore')}`,
    ...(placesUrl !== undefined && { PLACES_URL: placesUrl }),
    DATABASE_URL: url.reveal(),
    DATABASE_SWEEP_URL: sweepUrl.reveal(),
    DATABASE_ADMIN_URL: postgres,
    NATS_URL: await movedUrl(options.natsUrl, (port) => portTo('nats', port)),
    CLOUDS_FILE: options.cloudsFile,
    TLS_CA_FILE: join(folder, 'ca.pem'),
    ...(options.ca && { NATS_CA_FILE: join(folder, 'ca.pem'), DATABASE_CA_FILE: join(folder, 'ca.pem') }),
    TLS_CERTIFICATE_FILE: join(folder, `${service}.pem`),
    TLS_PRIVATE_KEY_FILE: join(folder, `${service}.key`),
    ...(await options.environmentOf?.(name)),
  };
  return new ServiceProcess({ service, copy, environment, logFile, healthPort });
}

function makeSecrets(apiKey: string) {
  return {
    PROVIDER_KEY: randomBytes(32).toString('base64'),
    GRANT_KEY: newSigningKey(),
    AUDIT_KEY: newSigningKey(),
    PLACES_SECRET: randomBytes(32).toString('base64url'),
    BOOTSTRAP_API_KEY: apiKey,
  };
}

async function movedUrl(text: string, move: (port: number) => Promise<number>): Promise<string> {
  const url = new URL(text);
  url.port = String(await move(Number(url.port)));
  return url.href;
}

async function portsOf(services: readonly ServiceName[]): Promise<Ports> {
  const ports = new Map<ServiceName, number>();
  for (const service of services) ports.set(service, await freePort());
  return ports;
}

function portOf(ports: Ports, service: ServiceName): number {
  const port = ports.get(service);
  if (port === undefined) throw new Error(`no port was chosen for ${service}`);
  return port;
}

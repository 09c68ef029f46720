import { startAuth } from '@holdfast/auth';
import type { DirectoryServiceController, TenantServiceController } from '@holdfast/contracts/auth/v1';
import {
  parseJobId,
  parseResourceId,
  parseTaskId,
  parseTenantId,
  parseVaultId,
  SystemClock,
  type TenantId,
} from '@holdfast/kernel';
import {
  CertificateIdentity,
  Certificates,
  DevelopmentCa,
  type EventBus,
  GrpcConnection,
  InProcessEventBus,
  Secret,
  serviceUrls,
  signGrant,
  SilentLogger,
  type CertificateFiles,
  type ServiceName,
} from '@holdfast/platform';
import { startEmbeddedPostgres } from '@holdfast/platform/embedded-postgres';
import { startScheduler } from '@holdfast/scheduler';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A cloud as the file of CLOUDS_FILE has it. */
export interface CloudEntry {
  readonly name: string;
  readonly loginBaseUrl: string;
  readonly graphBaseUrl: string;
  readonly caPem: string;
  readonly limitsTimeScale: number;
  readonly limitsShare: number;
}

export interface Registration {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What a crawler in another process needs to call auth. */
export interface AuthAddress {
  readonly address: string;
  readonly certificates: { readonly ca: string; readonly certificate: string; readonly privateKey: string };
}

const SERVICES: readonly ServiceName[] = ['auth', 'scheduler', 'gateway', 'crawler'];
const GRANT_SECONDS = 3_600;

/** Auth as a cluster has it, with PostgreSQL and mutual TLS; beside it scheduler, whose key signs the grants. */
export class AuthHost {
  readonly #closers: (() => Promise<unknown>)[] = [];
  readonly #grantKey = generateKeyPairSync('ed25519').privateKey;
  readonly #clock = new SystemClock();
  readonly #certificates = new Map<ServiceName, CertificateFiles>();
  #address = '';

  private constructor() {}

  /** `bus`: on which auth tells of fences; where it is absent nobody hears of them. */
  static async start(cloud: CloudEntry, bus?: EventBus): Promise<AuthHost> {
    const host = new AuthHost();
    try {
      await host.#open(cloud, bus);
      return host;
    } catch (error) {
      await host.stop();
      throw error;
    }
  }

  /** Where crawlers find auth, and what proves that they are crawlers. */
  crawler(): AuthAddress {
    const { ca, certificate, privateKey } = this.#filesOf('crawler');
    return { address: this.#address, certificates: { ca, certificate, privateKey: privateKey.reveal() } };
  }

  /** Makes a tenant known, and answers its accounts too. */
  async register(cloud: string, registration: Registration): Promise<{ tenant: TenantId; users: readonly string[] }> {
    const gateway = new GrpcConnection({
      to: 'auth',
      address: this.#address,
      identity: new CertificateIdentity(new Certificates(this.#filesOf('gateway'))),
    });
    const { tenantId } = await gateway.client<TenantServiceController>('TenantService').createTenant({
      tenantId: '',
      displayName: 'Budgets',
      directoryId: registration.tenantId,
      clientId: registration.clientId,
      cloud,
      credential: { clientSecret: registration.clientSecret, certificatePrivateKey: '', certificate: '' },
    });
    const { accounts } = await gateway
      .client<DirectoryServiceController>('DirectoryService')
      .listAccounts({ tenantId, pageSize: 999, pageToken: '', startsWith: '' });
    gateway.close();
    return { tenant: parseTenantId(tenantId), users: accounts.map(({ accountId }) => accountId) };
  }

  /** A grant as scheduler gives to the crawler that leases the resource's task. */
  grant(tenant: TenantId, resource: string, lane: 'restore' | 'increment' | 'first-full'): Promise<string> {
    return signGrant(this.#grantKey, {
      exp: Math.floor(this.#clock.now() / 1000) + GRANT_SECONDS,
      kind: 'backup',
      tenant,
      vault: parseVaultId(randomUUID()),
      job: parseJobId(randomUUID()),
      task: parseTaskId(randomUUID()),
      resource: parseResourceId(resource),
      lane,
      epoch: 1,
      holder: 'crawler',
    });
  }

  async stop(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }

  async #open(cloud: CloudEntry, given?: EventBus): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-budgets-'));
    // PostgreSQL refuses to run as root, and the account it runs as has to reach its folder.
    await chmod(folder, 0o755);
    this.#closers.push(() => rm(folder, { recursive: true, force: true }));
    const ca = await DevelopmentCa.create(this.#clock);
    await ca.writeTo(folder, SERVICES);
    for (const service of SERVICES) this.#certificates.set(service, await ca.issue(service));
    await writeFile(join(folder, 'clouds.json'), JSON.stringify([cloud]));
    const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), random: randomBytes });
    this.#closers.push(() => postgres.stop());
    const silent = new InProcessEventBus({ clock: this.#clock, logger: new SilentLogger() });
    this.#closers.push(() => silent.close());
    const [authPort, schedulerPort] = [await freePort(), await freePort()];
    this.#address = `127.0.0.1:${authPort}`;
    const settings = (service: ServiceName, port: number) => {
      const { url, sweepUrl } = serviceUrls(postgres.adminUrl(), service, new Secret('of-the-measurement'));
      return {
        LOG_LEVEL: 'error',
        GRPC_LISTEN: `127.0.0.1:${port}`,
        HEALTH_LISTEN: '127.0.0.1:0',
        AUTH_ADDRESS: this.#address,
        SCHEDULER_ADDRESS: `127.0.0.1:${schedulerPort}`,
        STORAGE_ADDRESS: '127.0.0.1:1',
        DATABASE_URL: url.reveal(),
        DATABASE_SWEEP_URL: sweepUrl.reveal(),
        DATABASE_ADMIN_URL: postgres.adminUrl().reveal(),
        PROVIDER_KEY: randomBytes(32).toString('base64'),
        GRANT_KEY: this.#grantKey.export({ format: 'pem', type: 'pkcs8' }),
        CLOUDS_FILE: join(folder, 'clouds.json'),
        TLS_CA_FILE: join(folder, 'ca.pem'),
        TLS_CERTIFICATE_FILE: join(folder, `${service}.pem`),
        TLS_PRIVATE_KEY_FILE: join(folder, `${service}.key`),
      };
    };
    const shared = { bus: given ?? silent, clock: this.#clock, logTo: process.stderr };
    for (const [service, start, port] of [
      ['scheduler', startScheduler, schedulerPort],
      ['auth', startAuth, authPort],
    ] as const) {
      const running = await start(settings(service, port), shared);
      this.#closers.push(() => running.close());
    }
  }

  #filesOf(service: ServiceName): CertificateFiles {
    const files = this.#certificates.get(service);
    if (!files) throw new Error(`there is no certificate for ${service}`);
    return files;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

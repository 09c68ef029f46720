import type { EventDefinition } from '@holdfast/contracts';
import { SystemClock, type Clock } from '@holdfast/kernel';
import { z } from 'zod';
import type { EventBus } from '../bus/event-bus.port.js';
import { NatsEventBus, plainServersIn } from '../bus/nats-event-bus.js';
import { readConfig, type ConfigSource } from '../config/read-config.js';
import type { Secret } from '../config/secret.js';
import { Database } from '../database/database.js';
import type { Migration } from '../database/migrate.js';
import { OutboxDispatcher, type OUTBOX_SWEEP } from '../database/outbox-dispatcher.js';
import { hostOf } from '../database/database-address.js';
import { translateDatabaseError } from '../database/database-errors.js';
import { prepareDatabase } from '../database/prepare-database.js';
import { contractOf } from '../grpc/contract.js';
import { connectGrpc, type GrpcConnection } from '../grpc/connect-grpc.js';
import {
  boundTenantIn,
  CertificateIdentity,
  ProcessIdentity,
  type ProcessSecret,
  type ServiceIdentity,
} from '../grpc/identity.js';
import type { ServiceName } from '../grpc/services.js';
import { createLogger, type LogLevel, type LogStream } from '../logging/json-logger.js';
import type { Logger } from '../logging/logger.js';
import { startTelemetry, type Telemetry } from '../telemetry/telemetry.js';
import { telemetrySettings } from '../telemetry/telemetry-settings.js';
import type { CertificateFiles, Certificates, TlsFiles } from '../tls/certificates.js';
import { refusePlain } from '../tls/plain-address.js';
import { checkServiceFiles, readTlsFiles, type TlsPaths } from '../tls/read-tls-files.js';
import { watchCertificates, type WatchedCertificates } from '../tls/watch-certificates.js';
import { identityPaths, serverPaths } from './certificate-settings.js';
import { awaitServer } from './await-server.js';
import { startService, type RunningService, type ServiceOptions } from './start-service.js';
import { busSettings, serviceSettings, tlsSettings } from './settings.js';

/** What services that share a process share; absent where a service has a process of its own. */
export interface SharedParts {
  readonly secret?: ProcessSecret;
  readonly bus?: EventBus;
  readonly clock?: Clock;
  /** Takes the log's lines; standard output when absent. */
  readonly logTo?: LogStream;
  /** The process is told to stop, perhaps before the service has started. */
  readonly stopped?: AbortSignal;
}

interface PartsOptions {
  readonly name: ServiceName;
  readonly source: ConfigSource;
  readonly shared: SharedParts;
  readonly level: LogLevel;
}

interface DatabaseConfig {
  readonly DATABASE_URL: Secret;
  readonly DATABASE_SWEEP_URL: Secret;
  readonly DATABASE_ADMIN_URL?: Secret | undefined;
  readonly DATABASE_CA_FILE?: string | undefined;
  readonly DATABASE_PLAIN: boolean;
  readonly DATABASE_CONNECTIONS: number;
  /** Milliseconds. */
  readonly DATABASE_PATIENCE: number;
}

/** Where a service listens and how it stops; read from its settings. */
interface ListenConfig {
  readonly GRPC_LISTEN?: string;
  readonly HEALTH_LISTEN: string;
  /** Milliseconds. */
  readonly STOP_WITHIN: number;
}

/** What is a service's own: its module, what stands behind the module's ports, and its HTTP routes if it has any. */
type Wiring = Required<Pick<ServiceOptions, 'module' | 'provide'>> & Pick<ServiceOptions, 'http'>;

/** The parts that any service is made of, opened from its settings, closed together after the service has stopped. */
export class ServiceParts {
  readonly #closers: (() => Promise<void> | void)[] = [];
  readonly #checks = new Map<string, () => Promise<void>>();
  #telemetry: Telemetry | undefined;

  private constructor(
    readonly name: ServiceName,
    readonly logger: Logger,
    readonly clock: Clock,
    readonly identity: ServiceIdentity,
    /** In a process of its own: what it shows to others. */
    readonly certificates: Certificates | undefined,
    private readonly source: ConfigSource,
    private readonly shared: SharedParts,
    private readonly ownPaths: TlsPaths,
  ) {}

  static async open({ name, source, shared, level }: PartsOptions): Promise<ServiceParts> {
    const logger = createLogger({ service: name, level, ...(shared.logTo && { to: shared.logTo }) });
    const clock = shared.clock ?? new SystemClock();
    if (shared.secret)
      return new ServiceParts(
        name,
        logger,
        clock,
        new ProcessIdentity(name, shared.secret),
        undefined,
        source,
        shared,
        {},
      );
    const paths = identityPaths(source);
    const watched = await watchCertificates({
      what: 'service',
      read: () => readServiceFiles(name, paths, clock.now()),
      everyMs: readConfig(z.object(tlsSettings), source).TLS_RELOAD_INTERVAL,
      clock,
      logger,
    });
    const { certificates } = watched;
    const identity = new CertificateIdentity(certificates);
    const parts = new ServiceParts(name, logger, clock, identity, certificates, source, shared, paths);
    parts.closeLater(() => watched.close());
    parts.#startTelemetry();
    return parts;
  }

  /** Of a process of its own; services that share one are told of by whoever starts them. */
  #startTelemetry(): void {
    const config = readConfig(z.object(telemetrySettings), this.source);
    const telemetry = startTelemetry({ service: this.name, config, logger: this.logger });
    this.#telemetry = telemetry;
    this.closeLater(() => telemetry.close());
  }

  /** Opens the service's schema, bringing it up to date first where an administrator's address is given. */
  async openDatabase<Tables, Sweep extends string>(
    config: DatabaseConfig,
    { migrations, sweeps }: { readonly migrations: readonly Migration[]; readonly sweeps: readonly Sweep[] },
  ): Promise<Database<Tables, Sweep>> {
    const schema = this.name;
    const tls = await this.keepCertificates('database', serverPaths('DATABASE', { ...config }, this.ownPaths));
    const urls = { url: config.DATABASE_URL, sweepUrl: config.DATABASE_SWEEP_URL, tls };
    refusePlainDatabase(config);
    const {
      DATABASE_ADMIN_URL: adminUrl,
      DATABASE_CONNECTIONS: maxConnections,
      DATABASE_PATIENCE: statementMs,
    } = config;
    const database = await this.#awaitServer('PostgreSQL', async () => {
      if (adminUrl)
        await prepareDatabase({ adminUrl, ...urls, schema, migrations }).catch((error: unknown) => {
          throw translateDatabaseError(error);
        });
      return Database.open<Tables, Sweep>({
        ...urls,
        schema,
        sweeps,
        logger: this.logger,
        maxConnections,
        statementMs,
      });
    });
    this.closeLater(() => database.close());
    this.#checks.set('database', () => database.ping());
    return database;
  }

  /** The process's own bus, or NATS. */
  async openBus(): Promise<EventBus> {
    if (this.shared.bus) return this.shared.bus;
    const config = readConfig(z.object(busSettings), this.source);
    const tls = await this.keepCertificates('NATS', serverPaths('NATS', config, this.ownPaths));
    if (!tls)
      refusePlain({
        setting: 'NATS_URL',
        hosts: plainServersIn(config.NATS_URL),
        caSetting: 'NATS_CA_FILE',
        plainSetting: 'NATS_PLAIN',
        isAllowed: config.NATS_PLAIN,
      });
    const bus = await this.#awaitServer('NATS', () =>
      NatsEventBus.connect({
        url: config.NATS_URL,
        name: this.name,
        tenant: tls?.current.certificate === undefined ? undefined : boundTenantIn(tls.current.certificate),
        clock: this.clock,
        logger: this.logger,
        replicas: config.NATS_REPLICAS,
        tls,
      }),
    );
    this.closeLater(() => bus.close());
    return bus;
  }

  /** Services that share a process have theirs started before them, by whoever starts them all. */
  #awaitServer<T>(server: string, open: () => Promise<T>): Promise<T> {
    if (this.shared.secret) return open();
    const withinMs = readConfig(z.object({ START_WITHIN: serviceSettings.START_WITHIN }), this.source).START_WITHIN;
    const { clock, logger } = this;
    return awaitServer(open, { server, withinMs, clock, logger, stopped: this.shared.stopped });
  }

  /** Certificates whose files lie at `paths`, kept up with while the service runs; undefined without paths. */
  async keepCertificates(what: string, paths: TlsPaths | undefined): Promise<Certificates<TlsFiles> | undefined> {
    if (!paths) return undefined;
    const watched: WatchedCertificates<TlsFiles> = await watchCertificates({
      what,
      read: () => readTlsFiles(paths, this.clock.now()),
      everyMs: readConfig(z.object(tlsSettings), this.source).TLS_RELOAD_INTERVAL,
      clock: this.clock,
      logger: this.logger,
    });
    this.closeLater(() => watched.close());
    return watched.certificates;
  }

  /**
   * Starts the service of these parts at the addresses of its settings: gRPC where it has GRPC_LISTEN, health for probes where it
   * has a process of its own. The parts are closed with it.
   */
  start(config: ListenConfig, { module, provide, http }: Wiring): Promise<RunningService> {
    const { name, logger, clock, identity } = this;
    const listen = config.GRPC_LISTEN;
    return startService({
      name,
      module,
      logger,
      clock,
      ...(listen !== undefined && { grpc: { listen, contracts: [contractOf(name)], identity } }),
      ...(http && { http }),
      ...(!this.shared.secret && { healthListen: config.HEALTH_LISTEN }),
      ...(this.#telemetry?.scrape && { scrape: this.#telemetry.scrape }),
      checks: Object.fromEntries(this.#checks),
      stopWithinMs: config.STOP_WITHIN,
      provide,
      closeWith: this,
    });
  }

  /** Takes the service's outbox to the bus while the service runs. */
  dispatchOutbox<Tables>(
    database: Database<Tables, typeof OUTBOX_SWEEP>,
    bus: EventBus,
    events: readonly EventDefinition<z.ZodType<object>>[],
  ): void {
    const dispatcher = new OutboxDispatcher({ database, bus, events, clock: this.clock, logger: this.logger });
    dispatcher.start();
    this.closeLater(() => dispatcher.close());
  }

  /** A connection to another service, made when it is first used. */
  connectTo(to: ServiceName, address: string): GrpcConnection {
    const connection = connectGrpc({ to, address, identity: this.identity, clock: this.clock });
    this.closeLater(() => connection.close());
    return connection;
  }

  /** Has `close` run when the service has stopped; the last one added runs first. */
  closeLater(close: () => Promise<void> | void): void {
    this.#closers.unshift(close);
  }

  /** Runs what {@link closeLater} noted. */
  async close(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close();
  }
}

async function readServiceFiles(
  name: ServiceName,
  paths: Required<TlsPaths>,
  nowMs: number,
): Promise<CertificateFiles> {
  const files = await readTlsFiles(paths, nowMs);
  checkServiceFiles(name, paths, files);
  const { ca, certificate, privateKey } = files;
  if (ca === undefined || certificate === undefined || !privateKey) throw new Error('all three paths are given');
  return { ca, certificate, privateKey };
}

function refusePlainDatabase(config: DatabaseConfig): void {
  for (const setting of ['DATABASE_URL', 'DATABASE_SWEEP_URL', 'DATABASE_ADMIN_URL'] as const) {
    const url = config[setting];
    if (!url) continue;
    const isAllowed = config.DATABASE_PLAIN || config.DATABASE_CA_FILE !== undefined;
    const settings = { setting, caSetting: 'DATABASE_CA_FILE', plainSetting: 'DATABASE_PLAIN' };
    refusePlain({ ...settings, hosts: [hostOf(setting, url)], isAllowed });
  }
}

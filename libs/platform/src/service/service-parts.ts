import type { EventDefinition } from '@holdfast/contracts';
import { SystemClock, type Clock } from '@holdfast/kernel';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { EventBus } from '../bus/event-bus.port.js';
import { NatsEventBus } from '../bus/nats-event-bus.js';
import { readConfig, type ConfigSource } from '../config/read-config.js';
import type { Secret } from '../config/secret.js';
import { Database } from '../database/database.js';
import type { Migration } from '../database/migrate.js';
import { OutboxDispatcher, type OUTBOX_SWEEP } from '../database/outbox-dispatcher.js';
import { prepareDatabase } from '../database/prepare-database.js';
import { contractOf } from '../grpc/contract.js';
import { connectGrpc, type GrpcConnection } from '../grpc/connect-grpc.js';
import {
  CertificateIdentity,
  ProcessIdentity,
  type CertificateFiles,
  type ProcessSecret,
  type ServiceIdentity,
} from '../grpc/identity.js';
import type { ServiceName } from '../grpc/services.js';
import { createLogger, type LogLevel, type LogStream } from '../logging/json-logger.js';
import type { Logger } from '../logging/logger.js';
import { startTelemetry, type Telemetry } from '../telemetry/telemetry.js';
import { telemetrySettings } from '../telemetry/telemetry-settings.js';
import { startService, type RunningService, type ServiceOptions } from './start-service.js';
import { busSettings, identitySettings, readCertificateFiles } from './settings.js';

/** What services that share a process share; absent where a service has a process of its own. */
export interface SharedParts {
  readonly secret?: ProcessSecret;
  readonly bus?: EventBus;
  readonly clock?: Clock;
  /** Takes the log's lines; standard output when absent. */
  readonly logTo?: LogStream;
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
  readonly DATABASE_CONNECTIONS: number;
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
    readonly certificates: CertificateFiles | undefined,
    private readonly source: ConfigSource,
    private readonly shared: SharedParts,
  ) {}

  static async open({ name, source, shared, level }: PartsOptions): Promise<ServiceParts> {
    const logger = createLogger({ service: name, level, ...(shared.logTo && { to: shared.logTo }) });
    const clock = shared.clock ?? new SystemClock();
    if (shared.secret)
      return new ServiceParts(name, logger, clock, new ProcessIdentity(name, shared.secret), undefined, source, shared);
    const files = await readCertificateFiles(readConfig(z.object(identitySettings), source));
    const parts = new ServiceParts(name, logger, clock, new CertificateIdentity(files), files, source, shared);
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
    const urls = { url: config.DATABASE_URL, sweepUrl: config.DATABASE_SWEEP_URL };
    if (config.DATABASE_ADMIN_URL)
      await prepareDatabase({ adminUrl: config.DATABASE_ADMIN_URL, ...urls, schema, migrations });
    const maxConnections = config.DATABASE_CONNECTIONS;
    const database = await Database.open<Tables, Sweep>({
      ...urls,
      schema,
      sweeps,
      logger: this.logger,
      maxConnections,
    });
    this.closeLater(() => database.close());
    this.#checks.set('database', () => database.ping());
    return database;
  }

  /** The process's own bus, or NATS. */
  async openBus(): Promise<EventBus> {
    if (this.shared.bus) return this.shared.bus;
    const config = readConfig(z.object(busSettings), this.source);
    const ca = config.NATS_CA_FILE ? await readFile(config.NATS_CA_FILE, 'utf8') : undefined;
    const own = this.certificates;
    const bus = await NatsEventBus.connect({
      url: config.NATS_URL,
      name: this.name,
      clock: this.clock,
      logger: this.logger,
      replicas: config.NATS_REPLICAS,
      ...(ca && { tls: { ca, ...(own && { certificate: own.certificate, privateKey: own.privateKey }) } }),
    });
    this.closeLater(() => bus.close());
    return bus;
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

import { AppError, SystemClock, type Clock } from '@holdfast/kernel';
import { readFileSync } from 'node:fs';
import { Secret } from '../config/secret.js';
import { Database } from '../database/database.js';
import type { Migration } from '../database/migrate.js';
import { prepareDatabase } from '../database/prepare-database.js';
import { connectGrpc, type GrpcConnection } from '../grpc/connect-grpc.js';
import { CertificateIdentity, ProcessIdentity, type ProcessSecret, type ServiceIdentity } from '../grpc/identity.js';
import type { ServiceName } from '../grpc/services.js';
import { createLogger, type LogLevel } from '../logging/json-logger.js';
import type { Logger } from '../logging/logger.js';

/** What services of one process share; absent where a service has a process of its own. */
export interface SharedParts {
  readonly secret?: ProcessSecret;
  readonly clock?: Clock;
}

export interface CommonConfig {
  readonly LOG_LEVEL: LogLevel;
  readonly TLS_CA_FILE?: string | undefined;
  readonly TLS_CERTIFICATE_FILE?: string | undefined;
  readonly TLS_KEY_FILE?: string | undefined;
}

export interface DatabaseConfig {
  readonly DATABASE_URL: Secret;
  readonly DATABASE_SWEEP_URL: Secret;
  readonly DATABASE_ADMIN_URL?: Secret | undefined;
}

/** The parts that any service is made of, opened from its settings, closed together after it has stopped. */
export class ServiceParts {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly identity: ServiceIdentity;
  readonly #closers: (() => Promise<void> | void)[] = [];

  constructor(
    readonly name: ServiceName,
    config: CommonConfig,
    shared: SharedParts,
  ) {
    this.logger = createLogger({ service: name, level: config.LOG_LEVEL });
    this.clock = shared.clock ?? new SystemClock();
    this.identity = identityOf(name, config, shared);
  }

  /** Opens the service's schema, bringing it up to date first where an administrator's address is given. */
  async openDatabase<Tables, Sweep extends string>(
    config: DatabaseConfig,
    options: { readonly migrations: readonly Migration[]; readonly sweeps: readonly Sweep[] },
  ): Promise<Database<Tables, Sweep>> {
    const urls = { url: config.DATABASE_URL, sweepUrl: config.DATABASE_SWEEP_URL };
    if (config.DATABASE_ADMIN_URL)
      await prepareDatabase({ adminUrl: config.DATABASE_ADMIN_URL, ...urls, schema: this.name, migrations: options.migrations });
    const database = await Database.open<Tables, Sweep>({ ...urls, schema: this.name, sweeps: options.sweeps, logger: this.logger });
    this.closeLater(() => database.close());
    return database;
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

function identityOf(name: ServiceName, config: CommonConfig, { secret }: SharedParts): ServiceIdentity {
  if (secret) return new ProcessIdentity(name, secret);
  const { TLS_CA_FILE: ca, TLS_CERTIFICATE_FILE: certificate, TLS_KEY_FILE: key } = config;
  if (!ca || !certificate || !key)
    throw new AppError(
      'INVALID_CONFIG',
      'A service in a process of its own needs a certificate. Set TLS_CA_FILE, TLS_CERTIFICATE_FILE and TLS_KEY_FILE.',
    );
  return new CertificateIdentity({
    ca: readFileSync(ca, 'utf8'),
    certificate: readFileSync(certificate, 'utf8'),
    privateKey: new Secret(readFileSync(key, 'utf8')),
  });
}

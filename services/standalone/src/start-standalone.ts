import { startAuth } from '@holdfast/auth';
import { startCrawler } from '@holdfast/crawler';
import { startGateway } from '@holdfast/gateway';
import { AppError, isAppError, SystemClock } from '@holdfast/kernel';
import {
  createLogger,
  type EventBus,
  InProcessEventBus,
  ProcessSecret,
  readConfig,
  SERVICES,
  serviceUrls,
  Secret,
  type ConfigSource,
  type LogLevel,
  type RunningService,
  type ServiceName,
  type SharedParts,
  startTelemetry,
  telemetrySettings,
} from '@holdfast/platform';
import { startEmbeddedPostgres } from '@holdfast/platform/embedded-postgres';
import { startReporting } from '@holdfast/reporting';
import { startRestore } from '@holdfast/restore';
import { startScheduler } from '@holdfast/scheduler';
import { startStorage } from '@holdfast/storage';
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { makeDataFolder } from './data-folder.js';
import { listenForProbesOfAll } from './listen-for-probes.js';
import { lockFolder } from './lock-folder.js';
import { readSecrets, type Secrets } from './secrets-file.js';

export interface StandaloneOptions {
  /** Holds the database, the secrets and the sockets; made when missing. */
  readonly data: string;
  /** Where the API is served: host:port. */
  readonly listen: string;
  readonly logLevel: LogLevel;
  /** JSON file of clouds beside Microsoft's own. */
  readonly cloudsFile?: string;
  /** Further settings of the services, by name, as in the cluster. */
  readonly settings?: ConfigSource;
  /** What the services prove themselves to each other with; made when absent. */
  readonly secret?: ProcessSecret;
  /** Carries messages between the services; one in this process when absent. Closed at the end. */
  readonly bus?: EventBus;
}

export interface RunningStandalone {
  /** Base URL of the API. */
  readonly url: string;
  /** A provider operator's key. */
  readonly apiKey: string;
  /** Base URL of what it tells probes and Prometheus; undefined unless the settings ask for it. */
  readonly healthUrl: string | undefined;
  close(): Promise<void>;
}

/** Those that others ask come first; the gateway opens when all behind it answer. */
const STARTERS: readonly [ServiceName, (source: ConfigSource, shared: SharedParts) => Promise<RunningService>][] = [
  ['scheduler', startScheduler],
  ['auth', startAuth],
  ['storage', startStorage],
  ['reporting', startReporting],
  ['restore', startRestore],
  ['crawler', startCrawler],
  ['gateway', startGateway],
];

/** Nobody else works on the tasks of this process: after a crash it is the process itself that waits for their leases. */
const LEASE = '15s';

/** Starts every service in this process, on a PostgreSQL of its own: the same code and contracts as in a cluster. */
export async function startStandalone(options: StandaloneOptions): Promise<RunningStandalone> {
  const folder = resolve(options.data);
  await makeDataFolder(folder);
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    closers.push(await lockFolder(folder));
    const secrets = await readSecrets(folder);
    const clock = new SystemClock();
    const logTo = process.stderr;
    const logger = createLogger({ service: 'standalone', level: options.logLevel, to: logTo });
    const postgres = await startEmbeddedPostgres({
      folder: join(folder, 'postgres'),
      random: randomBytes,
      isBySocket: true,
      logger,
    });
    closers.push(() => postgres.stop());
    const config = readConfig(z.object(telemetrySettings), options.settings ?? {});
    const telemetry = startTelemetry({ service: 'holdfast', config, logger });
    closers.push(() => telemetry.close());
    const bus = options.bus ?? new InProcessEventBus({ clock, logger });
    closers.push(() => bus.close());
    const shared: SharedParts = { secret: options.secret ?? new ProcessSecret(randomBytes), bus, clock, logTo };
    const urls = new Map<ServiceName, string>();
    const services: RunningService[] = [];
    for (const [name, start] of STARTERS) {
      const source = settingsOf(name, { options, folder, secrets, adminUrl: postgres.adminUrl(), urls });
      const service = await start(source, shared);
      closers.push(() => service.close());
      services.push(service);
      if (service.httpUrl) urls.set(name, service.httpUrl);
    }
    const probes = await listenForProbesOfAll(options.settings ?? {}, { services, telemetry, clock });
    if (probes) closers.push(() => probes.close());
    return { url: urls.get('gateway') ?? '', apiKey: secrets.apiKey, healthUrl: probes?.url, close };
  } catch (error) {
    await close();
    throw inOptions(error, folder);
  }
}

interface Surroundings {
  readonly options: StandaloneOptions;
  readonly folder: string;
  readonly secrets: Secrets;
  readonly adminUrl: Secret;
  readonly urls: ReadonlyMap<ServiceName, string>;
}

/** The settings that a cluster's operator would write for this service. */
function settingsOf(name: ServiceName, { options, folder, secrets, adminUrl, urls }: Surroundings): ConfigSource {
  const { url, sweepUrl } = serviceUrls(adminUrl, name, new Secret(secrets.databasePassword));
  const socket = (service: string) => `unix:${join(folder, 'run', `${service}.sock`)}`;
  const addresses = SERVICES.map((service) => [`${service.toUpperCase()}_ADDRESS`, socket(service)]);
  return {
    ...(Object.fromEntries(addresses) as ConfigSource),
    LOG_LEVEL: options.logLevel,
    GRPC_LISTEN: socket(name),
    HTTP_LISTEN: name === 'gateway' ? options.listen : '127.0.0.1:0',
    DATABASE_URL: url.reveal(),
    DATABASE_SWEEP_URL: sweepUrl.reveal(),
    DATABASE_ADMIN_URL: adminUrl.reveal(),
    PROVIDER_KEY: secrets.providerKey,
    ...(secrets.furtherProviderKeys?.length && { FURTHER_PROVIDER_KEYS: secrets.furtherProviderKeys.join(',') }),
    GRANT_KEY: secrets.grantKey,
    AUDIT_KEY: secrets.auditKey,
    PLACES_SECRET: secrets.placesSecret,
    BOOTSTRAP_API_KEY: secrets.apiKey,
    RESTORE_HTTP_URL: urls.get('restore'),
    CLOUDS_FILE: options.cloudsFile,
    LEASE,
    // There is one crawler.
    CRAWLER_TASKS_IN_ALL: options.settings?.['CRAWLER_TASKS'],
    ...options.settings,
  };
}

/** Whoever starts this process gives the gateway's address as an option. */
function inOptions(error: unknown, folder: string): unknown {
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
    return new AppError('INVALID_CONFIG', `The disk of --data ${folder} is full. Make room on it, and start again.`, {
      cause: error,
    });
  if (!isAppError(error) || error.details.context?.['setting'] !== 'HTTP_LISTEN') return error;
  return new AppError(error.code, error.message.replace('HTTP_LISTEN', '--listen'), error.details);
}

import { AppError } from '@holdfast/kernel';
import {
  Database,
  readConfig,
  Secret,
  serviceAgent,
  ServiceParts,
  type ConfigSource,
  type HttpTls,
  type RunningService,
  type SharedParts,
} from '@holdfast/platform';
import { json } from 'express';
import { readFile } from 'node:fs/promises';
import { GrpcPeers } from './adapters/grpc/grpc-peers.js';
import { nameRequests } from './adapters/http/request-id.js';
import { SWEEPS, type GatewaySchema, type GatewaySweep } from './adapters/postgres/gateway-database.js';
import { migrations } from './adapters/postgres/migrations.js';
import { HttpExportSource } from './adapters/restore/http-export-source.js';
import { ExportSource } from './app/export-source.port.js';
import { Peers } from './app/peers.port.js';
import { CallerRules } from './app/recognise-caller.js';
import { gatewayConfig, type GatewayConfig } from './config.js';
import { GatewayModule } from './gateway.module.js';

/** Starts the gateway with these settings, in a process of its own or beside other services. */
export async function startGateway(source: ConfigSource, shared: SharedParts = {}): Promise<RunningService> {
  const config = readConfig(gatewayConfig, source);
  const tls = await readTls(config);
  const parts = await ServiceParts.open({ name: 'gateway', source, shared, level: config.LOG_LEVEL });
  const database = await parts.openDatabase<GatewaySchema, GatewaySweep>(config, { migrations, sweeps: SWEEPS });
  const rules = new CallerRules(config.BOOTSTRAP_API_KEY, config.REQUESTS_PER_MINUTE);
  return parts.start(config, {
    module: GatewayModule,
    http: {
      listen: config.HTTP_LISTEN,
      isEdge: true,
      ...(tls && { tls }),
      configure: (app) => {
        app.disable('x-powered-by');
        app.disable('etag');
        app.set('query parser', 'simple');
        app.use(nameRequests(parts.logger, parts.clock));
        app.use(json({ limit: config.HTTP_BODY_LIMIT, strict: false }));
      },
    },
    provide: [
      { provide: Database, useValue: database },
      { provide: Peers, useValue: peersOf(parts, config) },
      { provide: CallerRules, useValue: rules },
      { provide: ExportSource, useValue: openExportSource(parts, config) },
    ],
  });
}

function peersOf(parts: ServiceParts, config: GatewayConfig): Peers {
  return new GrpcPeers({
    auth: parts.connectTo('auth', config.AUTH_ADDRESS),
    scheduler: parts.connectTo('scheduler', config.SCHEDULER_ADDRESS),
    storage: parts.connectTo('storage', config.STORAGE_ADDRESS),
    restore: parts.connectTo('restore', config.RESTORE_ADDRESS),
    reporting: parts.connectTo('reporting', config.REPORTING_ADDRESS),
  });
}

function openExportSource(parts: ServiceParts, config: GatewayConfig): ExportSource {
  if (!parts.certificates) return new HttpExportSource(config.RESTORE_HTTP_URL, undefined);
  const agent = serviceAgent('restore', parts.certificates);
  parts.closeLater(() => agent.close());
  return new HttpExportSource(config.RESTORE_HTTP_URL, agent);
}

async function readTls(config: GatewayConfig): Promise<HttpTls | undefined> {
  const { HTTP_TLS_CERTIFICATE_FILE: certificate, HTTP_TLS_PRIVATE_KEY_FILE: privateKey } = config;
  if (certificate === undefined && privateKey === undefined) return undefined;
  const [pem, key] = await Promise.all([
    readPem('HTTP_TLS_CERTIFICATE_FILE', certificate),
    readPem('HTTP_TLS_PRIVATE_KEY_FILE', privateKey),
  ]);
  return { certificate: pem, privateKey: new Secret(key) };
}

async function readPem(setting: string, path: string | undefined): Promise<string> {
  const problem = path === undefined ? 'is required beside the other of the pair' : 'names a file that cannot be read';
  try {
    if (path !== undefined) return await readFile(path, 'utf8');
  } catch (cause) {
    throw new AppError('INVALID_CONFIG', `The settings cannot be used. ${setting}: ${problem}`, { cause });
  }
  throw new AppError('INVALID_CONFIG', `The settings cannot be used. ${setting}: ${problem}`);
}

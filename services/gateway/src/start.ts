import {
  Database,
  pairPaths,
  readConfig,
  serviceAgent,
  ServiceParts,
  type ConfigSource,
  type RunningService,
  type SharedParts,
} from '@holdfast/platform';
import { json } from 'express';
import { Ed25519CheckpointSigner } from './adapters/crypto/ed25519-checkpoint-signer.js';
import { GrpcPeers } from './adapters/grpc/grpc-peers.js';
import { nameRequests } from './adapters/http/request-id.js';
import { SWEEPS, type GatewaySchema, type GatewaySweep } from './adapters/postgres/gateway-database.js';
import { migrations } from './adapters/postgres/migrations.js';
import { HttpExportSource } from './adapters/restore/http-export-source.js';
import { CheckpointInterval } from './adapters/timer/checkpoint.timer.js';
import { CheckpointSigner } from './app/checkpoint-signer.port.js';
import { ExportSource } from './app/export-source.port.js';
import { Peers } from './app/peers.port.js';
import { CallerRules } from './app/recognise-caller.js';
import { gatewayConfig, type GatewayConfig } from './config.js';
import { GatewayModule } from './gateway.module.js';

/** Starts the gateway with these settings, in a process of its own or beside other services. */
export async function startGateway(source: ConfigSource, shared: SharedParts = {}): Promise<RunningService> {
  const config = readConfig(gatewayConfig, source);
  const pair = pairPaths('HTTP_TLS_CERTIFICATE_FILE', 'HTTP_TLS_PRIVATE_KEY_FILE', config);
  const parts = await ServiceParts.open({ name: 'gateway', source, shared, level: config.LOG_LEVEL });
  const database = await parts.openDatabase<GatewaySchema, GatewaySweep>(config, { migrations, sweeps: SWEEPS });
  const certificates = await parts.keepCertificates('public API', pair);
  const rules = new CallerRules(config.BOOTSTRAP_API_KEY, config.REQUESTS_PER_MINUTE);
  return parts.start(config, {
    module: GatewayModule,
    http: {
      listen: config.HTTP_LISTEN,
      isEdge: true,
      ...(certificates && { tls: { certificates, isMutual: false } }),
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
      { provide: CheckpointInterval, useValue: { ms: config.AUDIT_CHECKPOINT_INTERVAL } },
      { provide: CheckpointSigner, useValue: new Ed25519CheckpointSigner(config.AUDIT_KEY) },
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

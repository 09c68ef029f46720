import {
  contractOf,
  Database,
  EventBus,
  readConfig,
  ServiceParts,
  startService,
  type ConfigSource,
  type RunningService,
  type SharedParts,
} from '@holdfast/platform';
import { migrations } from './adapters/postgres/migrations.js';
import type { ReportingSchema } from './adapters/postgres/reporting-database.js';
import { reportingConfig } from './config.js';
import { ReportingModule } from './reporting.module.js';

/** Starts reporting with these settings, in a process of its own or beside other services. */
export async function startReporting(source: ConfigSource, shared: SharedParts = {}): Promise<RunningService> {
  const config = readConfig(reportingConfig, source);
  const parts = await ServiceParts.open({ name: 'reporting', source, shared, level: config.LOG_LEVEL });
  const database = await parts.openDatabase<ReportingSchema, never>(config, { migrations, sweeps: [] });
  return startService({
    name: parts.name,
    module: ReportingModule,
    logger: parts.logger,
    clock: parts.clock,
    grpc: { listen: config.GRPC_LISTEN, contracts: [contractOf('reporting')], identity: parts.identity },
    http: { listen: config.HTTP_LISTEN },
    stopWithinMs: config.STOP_WITHIN,
    provide: [
      { provide: Database, useValue: database },
      { provide: EventBus, useValue: await parts.openBus() },
    ],
    closeWith: parts,
  });
}

import {
  Database,
  EventBus,
  readConfig,
  ServiceParts,
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
  return parts.start(config, {
    module: ReportingModule,
    provide: [
      { provide: Database, useValue: database },
      { provide: EventBus, useValue: await parts.openBus() },
    ],
  });
}

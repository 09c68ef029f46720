import {
  crawlReady,
  housekeepingReady,
  jobChanged,
  restoreReady,
  taskFinished,
  taskProgress,
} from '@holdfast/contracts';
import {
  Database,
  readConfig,
  ServiceParts,
  type ConfigSource,
  type RunningService,
  type SharedParts,
} from '@holdfast/platform';
import { GrpcDirectory } from './adapters/auth/grpc-directory.js';
import { GrpcTenantLimits } from './adapters/auth/grpc-tenant-limits.js';
import { GrpcVaults } from './adapters/auth/grpc-vaults.js';
import { JoseGrantSigner } from './adapters/grants/jose-grant-signer.js';
import { migrations } from './adapters/postgres/migrations.js';
import { SWEEPS, type SchedulerSchema, type SchedulerSweep } from './adapters/postgres/schema.js';
import { GrpcErasureHolders } from './adapters/storage/grpc-erasure-holders.js';
import { GrpcNoteKeeper } from './adapters/storage/grpc-note-keeper.js';
import { GrpcVaultHealth } from './adapters/storage/grpc-vault-health.js';
import { SweepInterval } from './adapters/timer/sweep.timer.js';
import { Directory } from './app/directory.port.js';
import { ErasureHolders } from './app/erasure-holders.port.js';
import { GrantSigner } from './app/grant-signer.port.js';
import { LeaseLength } from './app/lease-task.js';
import { BackupTasks, TenantLimits } from './app/quote-grounds.port.js';
import { Vaults } from './app/vaults.port.js';
import { FreeAgain } from './app/free-after-deletions.js';
import { SampleDays } from './app/start-samples.js';
import { NoteKeeper } from './app/note-keeper.port.js';
import { VaultHealth } from './app/vault-health.port.js';
import { schedulerConfig } from './config.js';
import { SchedulerModule } from './scheduler.module.js';

/** Starts the scheduler with these settings, in a process of its own or beside other services. */
export async function startScheduler(source: ConfigSource, shared: SharedParts = {}): Promise<RunningService> {
  const config = readConfig(schedulerConfig, source);
  const parts = await ServiceParts.open({ name: 'scheduler', source, shared, level: config.LOG_LEVEL });
  const database = await parts.openDatabase<SchedulerSchema, SchedulerSweep>(config, { migrations, sweeps: SWEEPS });
  parts.dispatchOutbox(database, await parts.openBus(), [
    crawlReady,
    restoreReady,
    housekeepingReady,
    jobChanged,
    taskFinished,
    taskProgress,
  ]);
  const auth = parts.connectTo('auth', config.AUTH_ADDRESS);
  const storage = parts.connectTo('storage', config.STORAGE_ADDRESS);
  return parts.start(config, {
    module: SchedulerModule,
    provide: [
      { provide: Database, useValue: database },
      { provide: Directory, useValue: new GrpcDirectory(auth) },
      { provide: TenantLimits, useValue: new GrpcTenantLimits(auth) },
      { provide: BackupTasks, useValue: { atOnce: config.CRAWLER_TASKS_IN_ALL } },
      { provide: Vaults, useValue: new GrpcVaults(auth) },
      { provide: NoteKeeper, useValue: new GrpcNoteKeeper(storage) },
      { provide: VaultHealth, useValue: new GrpcVaultHealth(storage) },
      { provide: GrantSigner, useValue: new JoseGrantSigner(config.GRANT_KEY.reveal()) },
      { provide: LeaseLength, useValue: { ms: config.LEASE } },
      { provide: SampleDays, useValue: { days: config.SAMPLE_DAYS } },
      {
        provide: FreeAgain,
        useValue: { afterMs: config.FREE_AGAIN_AFTER, renewAfterMs: config.RENEW_AFTER },
      },
      { provide: ErasureHolders, useValue: new GrpcErasureHolders(storage) },
      { provide: SweepInterval, useValue: { ms: config.SWEEP_INTERVAL } },
    ],
  });
}

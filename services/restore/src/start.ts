import {
  Database,
  EventBus,
  onlyForServices,
  readConfig,
  ServiceParts,
  type ConfigSource,
  type RunningService,
  type SharedParts,
} from '@holdfast/platform';
import { FenceBoard, hearFences, TaskDesk } from '@holdfast/worker';
import { hostname } from 'node:os';
import { GrpcTargetAccesses } from './adapters/access/grpc-target-accesses.js';
import { GrpcTenantLimits } from './adapters/access/grpc-tenant-limits.js';
import { GrpcVaultAccess } from './adapters/access/grpc-vault-access.js';
import { TaskLimits } from './adapters/bus/task-ready.consumer.js';
import { migrations } from './adapters/postgres/migrations.js';
import { SWEEPS, type RestoreSchema } from './adapters/postgres/restore-database.js';
import { GrpcRestoreJobs } from './adapters/scheduler/grpc-restore-jobs.js';
import { ByteRoom } from './app/byte-room.js';
import { VaultLimits } from './app/opened-vaults.js';
import { RestoreJobs } from './app/restore-jobs.port.js';
import { TargetAccesses } from './app/target-access.port.js';
import { RestoreTasks, TenantLimits } from './app/tenant-limits.port.js';
import { VaultAccess } from './app/vault-access.port.js';
import { restoreConfig } from './config.js';
import { RestoreModule } from './restore.module.js';

/** Starts restore with these settings, in a process of its own or beside other services. */
export async function startRestore(source: ConfigSource, shared: SharedParts = {}): Promise<RunningService> {
  const config = readConfig(restoreConfig, source);
  const parts = await ServiceParts.open({ name: 'restore', source, shared, level: config.LOG_LEVEL });
  const database = await parts.openDatabase<RestoreSchema, never>(config, { migrations, sweeps: SWEEPS });
  const auth = parts.connectTo('auth', config.AUTH_ADDRESS);
  const scheduler = parts.connectTo('scheduler', config.SCHEDULER_ADDRESS);
  const storage = parts.connectTo('storage', config.STORAGE_ADDRESS);
  const vaults = new GrpcVaultAccess(auth, storage, parts.clock, parts.certificates);
  const fences = new FenceBoard(parts.clock);
  const targets = new GrpcTargetAccesses(auth, scheduler, fences, parts.clock);
  parts.closeLater(() => vaults.close());
  parts.closeLater(() => targets.close());
  const bus = await parts.openBus();
  const hearing = await hearFences(bus, fences);
  parts.closeLater(() => hearing.close());
  return parts.start(config, {
    module: RestoreModule,
    http: { listen: config.HTTP_LISTEN, ...(parts.certificates && { tls: onlyForServices(parts.certificates) }) },
    provide: [
      { provide: Database, useValue: database },
      { provide: EventBus, useValue: bus },
      { provide: VaultAccess, useValue: vaults },
      { provide: TargetAccesses, useValue: targets },
      { provide: TenantLimits, useValue: new GrpcTenantLimits(auth) },
      { provide: RestoreTasks, useValue: { atOnce: config.RESTORE_TASKS_IN_ALL ?? config.RESTORE_TASKS } },
      { provide: RestoreJobs, useValue: new GrpcRestoreJobs(scheduler) },
      { provide: TaskDesk, useValue: new TaskDesk(scheduler, ['restore'], `${hostname()}/${process.pid}`) },
      { provide: ByteRoom, useValue: new ByteRoom(config.RESTORE_MEMORY) },
      { provide: TaskLimits, useValue: { tasks: config.RESTORE_TASKS, lookMs: config.LOOK_INTERVAL } },
      {
        provide: VaultLimits,
        useValue: { vaults: config.OPENED_VAULTS, cacheBytes: config.VAULT_CACHE, keptMs: config.VAULT_KEPT },
      },
    ],
  });
}

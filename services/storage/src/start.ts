import type { DestinationServiceController, KeyServiceController } from '@holdfast/contracts/auth/v1';
import type { GrantKeyServiceController } from '@holdfast/contracts/scheduler/v1';
import {
  Database,
  EventBus,
  GRANT_KEYS_DEADLINE_MS,
  GrantChecker,
  onlyForServices,
  readConfig,
  ServiceParts,
  type ConfigSource,
  type RunningService,
  type SharedParts,
} from '@holdfast/platform';
import { TaskDesk } from '@holdfast/worker';
import { parsePackId } from '@holdfast/kernel';
import { DEFAULT_PACK_BYTES } from '@holdfast/vault';
import { randomBytes, randomUUID } from 'node:crypto';
import { hostname, tmpdir } from 'node:os';
import { AuthDestinationDirectory } from './adapters/auth/auth-destination-directory.js';
import { AuthIndexKeys } from './adapters/auth/auth-index-keys.js';
import { AuthMetadataKeys } from './adapters/auth/auth-metadata-keys.js';
import { HousekeepingLimits } from './adapters/bus/housekeeping-ready.consumer.js';
import { JwtOwnPlaces } from './adapters/jose/jwt-own-places.js';
import { PostgresBandwidthShares } from './adapters/postgres/postgres-bandwidth-shares.js';
import { migrations } from './adapters/postgres/migrations.js';
import { SWEEPS, type StorageSchema, type StorageSweep } from './adapters/postgres/schema.js';
import { GrpcFreeingTerms } from './adapters/scheduler/grpc-freeing-terms.js';
import { GrpcHistoryKeeper } from './adapters/scheduler/grpc-history-keeper.js';
import { GrpcRemovals } from './adapters/scheduler/grpc-removals.js';
import { GrpcRetentionTerms } from './adapters/scheduler/grpc-retention-terms.js';
import { FileNeededIdsRoom } from './adapters/scratch/file-needed-ids.js';
import { CatchUpInterval } from './app/copy-due-objects.js';
import { CopyPauses } from './app/object-places.port.js';
import { DestinationPacers } from './app/destination-pacers.js';
import { DestinationPatience } from './app/destination-health.js';
import { DestinationDirectory } from './app/destination-directory.port.js';
import { FreeingRests } from './app/freeing-rests.js';
import { FreeingTermsSource } from './app/freeing-terms.port.js';
import { HistoryKeeper } from './app/history-keeper.port.js';
import { IndexKeys } from './app/index-keys.port.js';
import { MetadataKeys } from './app/metadata-keys.port.js';
import { NeededIdsRoom } from './app/needed-ids.port.js';
import { OwnPlaces } from './app/own-places.port.js';
import { PLACE_TTL_MS } from './app/request-places.js';
import { RepackLimits } from './app/repack-packs.js';
import { Removals } from './app/removals.port.js';
import { RetentionTermsSource } from './app/retention-terms.port.js';
import { FilterMemory } from './app/vault-filters.js';
import { storageConfig } from './config.js';
import { StorageModule } from './storage.module.js';

/** Starts storage with these settings, in a process of its own or beside other services. */
export async function startStorage(source: ConfigSource, shared: SharedParts = {}): Promise<RunningService> {
  const config = readConfig(storageConfig, source);
  const parts = await ServiceParts.open({ name: 'storage', source, shared, level: config.LOG_LEVEL });
  const database = await parts.openDatabase<StorageSchema, StorageSweep>(config, { migrations, sweeps: SWEEPS });
  const auth = parts.connectTo('auth', config.AUTH_ADDRESS);
  const destinations = auth.client<DestinationServiceController>('DestinationService', {
    repeatable: ['getDestinationSecrets'],
  });
  const keys = auth.client<KeyServiceController>('KeyService', {
    repeatable: ['getVault', 'getIndexKey', 'openVaultToMark'],
  });
  const scheduler = parts.connectTo('scheduler', config.SCHEDULER_ADDRESS);
  const grantKeys = scheduler.client<GrantKeyServiceController>('GrantKeyService', { repeatable: ['listGrantKeys'] });
  // Two storages of one machine and process, as in tests, are two as well.
  const holder = `${hostname()}-${process.pid}-${randomUUID()}`;
  const pacers = new DestinationPacers(new PostgresBandwidthShares(database), parts.clock, holder);
  const ownPlaces = new JwtOwnPlaces(config.PLACES_SECRET, parts.clock);
  const service = await parts.start(config, {
    module: StorageModule,
    http: {
      listen: config.HTTP_LISTEN,
      ...(parts.certificates && { tls: onlyForServices(parts.certificates) }),
      configure: (app) => {
        // Below a limit of bandwidth a pack takes longer to arrive than Node waits for a request.
        app.getHttpServer().requestTimeout = PLACE_TTL_MS;
      },
    },
    provide: [
      { provide: Database, useValue: database },
      { provide: DestinationDirectory, useValue: new AuthDestinationDirectory(destinations, parts.clock, pacers) },
      { provide: DestinationPatience, useValue: { ms: config.DESTINATION_PATIENCE } },
      { provide: IndexKeys, useValue: new AuthIndexKeys(keys, parts.clock) },
      {
        provide: GrantChecker,
        useValue: new GrantChecker(
          async () => (await grantKeys.listGrantKeys({}, { deadlineMs: GRANT_KEYS_DEADLINE_MS })).jwks,
          parts.clock,
        ),
      },
      { provide: EventBus, useValue: await parts.openBus() },
      {
        provide: TaskDesk,
        useValue: new TaskDesk(
          scheduler,
          ['rebuild', 'deletion', 'retention', 'freeing', 'check'],
          `storage-${hostname()}-${process.pid}`,
        ),
      },
      { provide: HousekeepingLimits, useValue: { tasks: config.HOUSEKEEPING_TASKS, lookMs: config.HOUSEKEEPING_LOOK } },
      { provide: FreeingTermsSource, useValue: new GrpcFreeingTerms(scheduler) },
      { provide: MetadataKeys, useValue: new AuthMetadataKeys(keys) },
      { provide: NeededIdsRoom, useValue: new FileNeededIdsRoom(config.SCRATCH_FOLDER ?? tmpdir()) },
      {
        provide: FreeingRests,
        useValue: { readersMs: config.FREEING_READERS_REST, deletionMs: config.FREEING_DELETION_REST },
      },
      {
        provide: RepackLimits,
        useValue: {
          rule: { deadShare: config.FREEING_DEAD_SHARE, smallBytes: DEFAULT_PACK_BYTES / 4 },
          packBytes: DEFAULT_PACK_BYTES,
          newPackId: () => parsePackId(randomBytes(16).toString('hex')),
        },
      },
      { provide: HistoryKeeper, useValue: new GrpcHistoryKeeper(scheduler) },
      { provide: Removals, useValue: new GrpcRemovals(scheduler) },
      { provide: RetentionTermsSource, useValue: new GrpcRetentionTerms(scheduler) },
      { provide: OwnPlaces, useValue: ownPlaces },
      { provide: FilterMemory, useValue: { bytes: config.CHUNK_FILTERS_MIB * 1024 * 1024 } },
      { provide: CopyPauses, useValue: { firstMs: config.COPY_FIRST_PAUSE, longestMs: config.COPY_LONGEST_PAUSE } },
      { provide: CatchUpInterval, useValue: { ms: config.CATCH_UP_INTERVAL } },
    ],
  });
  ownPlaces.serveUnder(config.PLACES_URL ?? service.httpUrl);
  return service;
}

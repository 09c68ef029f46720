import type {
  DestinationServiceController,
  DirectoryServiceController,
  KeyServiceController,
  TenantServiceController,
} from '@holdfast/contracts/auth/v1';
import type { ActivityServiceController, ReportServiceController } from '@holdfast/contracts/reporting/v1';
import type {
  BrowseServiceController,
  ExportServiceController,
  PlanServiceController,
  SearchServiceController,
} from '@holdfast/contracts/restore/v1';
import type { BackupSetServiceController, JobServiceController } from '@holdfast/contracts/scheduler/v1';
import type { SnapshotServiceController, VaultServiceController } from '@holdfast/contracts/storage/v1';
import type { GrpcConnection } from '@holdfast/platform';
import type { Peers } from '../../app/peers.port.js';

type PeerName = 'auth' | 'scheduler' | 'storage' | 'restore' | 'reporting';

/** Clients of the five services. Calls that only read are repeated while a service is away; the others are made once. */
export function connectPeers({
  auth,
  scheduler,
  storage,
  restore,
  reporting,
}: Readonly<Record<PeerName, GrpcConnection>>): Peers {
  return {
    tenants: auth.client<TenantServiceController>('TenantService', {
      repeatable: ['getTenant', 'listTenants', 'testTenant'],
    }),
    directory: auth.client<DirectoryServiceController>('DirectoryService', {
      repeatable: ['listAccounts'],
    }),
    keys: auth.client<KeyServiceController>('KeyService', {
      repeatable: ['getVault'],
    }),
    destinations: auth.client<DestinationServiceController>('DestinationService', {
      repeatable: ['getDestination', 'listDestinations'],
    }),
    backupSets: scheduler.client<BackupSetServiceController>('BackupSetService', {
      repeatable: ['getBackupSet', 'listBackupSets'],
    }),
    jobs: scheduler.client<JobServiceController>('JobService', {
      repeatable: ['stopJob', 'getJob', 'listJobs', 'listTasks'],
    }),
    vaults: storage.client<VaultServiceController>('VaultService', {
      repeatable: ['getVaultStatistics', 'testDestination'],
    }),
    snapshots: storage.client<SnapshotServiceController>('SnapshotService', {
      repeatable: ['listSnapshots'],
    }),
    browse: restore.client<BrowseServiceController>('BrowseService', {
      repeatable: ['listFolder', 'getItem', 'listJobLog'],
    }),
    search: restore.client<SearchServiceController>('SearchService', {
      repeatable: ['search'],
    }),
    plans: restore.client<PlanServiceController>('PlanService', {
      repeatable: ['getPlan', 'listPlanSteps', 'performPlan', 'getRestoreReport'],
    }),
    exports: restore.client<ExportServiceController>('ExportService'),
    reports: reporting.client<ReportServiceController>('ReportService', {
      repeatable: ['getJobReport', 'listResourceReports', 'listJobEvents'],
    }),
    activity: reporting.client<ActivityServiceController>('ActivityService'),
  };
}

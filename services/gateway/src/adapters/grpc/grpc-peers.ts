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
import { Peers } from '../../app/peers.port.js';

type PeerName = 'auth' | 'scheduler' | 'storage' | 'restore' | 'reporting';

/** Clients of the five services. Calls that only read are repeated while a service is away; the others are made once. */
export class GrpcPeers extends Peers {
  constructor(private readonly connections: Readonly<Record<PeerName, GrpcConnection>>) {
    super();
  }

  override readonly tenants = this.connections.auth.client<TenantServiceController>('TenantService', {
    repeatable: ['getTenant', 'listTenants', 'testTenant'],
  });
  override readonly directory = this.connections.auth.client<DirectoryServiceController>('DirectoryService', {
    repeatable: ['listAccounts'],
  });
  override readonly keys = this.connections.auth.client<KeyServiceController>('KeyService', {
    repeatable: ['getVault'],
  });
  override readonly destinations = this.connections.auth.client<DestinationServiceController>('DestinationService', {
    repeatable: ['getDestination', 'listDestinations'],
  });
  override readonly backupSets = this.connections.scheduler.client<BackupSetServiceController>('BackupSetService', {
    repeatable: ['getBackupSet', 'listBackupSets'],
  });
  override readonly jobs = this.connections.scheduler.client<JobServiceController>('JobService', {
    repeatable: ['stopJob', 'getJob', 'listJobs', 'listTasks'],
  });
  override readonly vaults = this.connections.storage.client<VaultServiceController>('VaultService', {
    repeatable: ['getVaultStatistics', 'testDestination'],
  });
  override readonly snapshots = this.connections.storage.client<SnapshotServiceController>('SnapshotService', {
    repeatable: ['listSnapshots'],
  });
  override readonly browse = this.connections.restore.client<BrowseServiceController>('BrowseService', {
    repeatable: ['listFolder', 'getItem', 'listJobLog'],
  });
  override readonly search = this.connections.restore.client<SearchServiceController>('SearchService', {
    repeatable: ['search'],
  });
  override readonly plans = this.connections.restore.client<PlanServiceController>('PlanService', {
    repeatable: ['getPlan', 'listPlanSteps', 'performPlan', 'getRestoreReport'],
  });
  override readonly exports = this.connections.restore.client<ExportServiceController>('ExportService');
  override readonly reports = this.connections.reporting.client<ReportServiceController>('ReportService', {
    repeatable: ['getJobReport', 'listResourceReports', 'listJobEvents'],
  });
  override readonly activity = this.connections.reporting.client<ActivityServiceController>('ActivityService');
}

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
import type {
  BackupSetServiceController,
  DeletionServiceController,
  JobServiceController,
  LegalHoldServiceController,
} from '@holdfast/contracts/scheduler/v1';
import type { SnapshotServiceController, VaultServiceController } from '@holdfast/contracts/storage/v1';
import type { GrpcConnection } from '@holdfast/platform';
import { Peers } from '../../app/peers.port.js';

type PeerName = 'auth' | 'scheduler' | 'storage' | 'restore' | 'reporting';

/** Clients of the five services. Calls that only read are repeated while a service is away; the others are made once. */
export class GrpcPeers extends Peers {
  override readonly tenants;
  override readonly directory;
  override readonly keys;
  override readonly destinations;
  override readonly backupSets;
  override readonly jobs;
  override readonly legalHolds;
  override readonly deletions;
  override readonly vaults;
  override readonly snapshots;
  override readonly browse;
  override readonly search;
  override readonly plans;
  override readonly exports;
  override readonly reports;
  override readonly activity;

  constructor({ auth, scheduler, storage, restore, reporting }: Readonly<Record<PeerName, GrpcConnection>>) {
    super();
    this.tenants = auth.client<TenantServiceController>('TenantService', {
      repeatable: ['getTenant', 'listTenants', 'testTenant'],
    });
    this.directory = auth.client<DirectoryServiceController>('DirectoryService', {
      repeatable: ['listAccounts'],
    });
    this.keys = auth.client<KeyServiceController>('KeyService', {
      repeatable: ['getVault', 'checkKeyPolicy', 'discardVault', 'changeDestinations', 'rewrapSecrets'],
    });
    this.destinations = auth.client<DestinationServiceController>('DestinationService', {
      repeatable: ['getDestination', 'listDestinations'],
    });
    this.backupSets = scheduler.client<BackupSetServiceController>('BackupSetService', {
      repeatable: ['getBackupSet', 'listBackupSets', 'quoteBackup'],
    });
    this.jobs = scheduler.client<JobServiceController>('JobService', {
      repeatable: ['stopJob', 'getJob', 'listJobs', 'listTasks'],
    });
    this.legalHolds = scheduler.client<LegalHoldServiceController>('LegalHoldService', {
      repeatable: ['liftLegalHold', 'listLegalHolds'],
    });
    this.deletions = scheduler.client<DeletionServiceController>('DeletionService', {
      repeatable: ['withdrawDeletion', 'getDeletion', 'listDeletions'],
    });
    this.vaults = storage.client<VaultServiceController>('VaultService', {
      repeatable: [
        'getVaultStatistics',
        'listLockFailures',
        'getFreeingReport',
        'listSnapshotShares',
        'testDestination',
        'listFindings',
      ],
    });
    this.snapshots = storage.client<SnapshotServiceController>('SnapshotService', {
      repeatable: ['listSnapshots'],
    });
    this.browse = restore.client<BrowseServiceController>('BrowseService', {
      repeatable: ['listFolder', 'getItem', 'findItems', 'listJobLog', 'listExceptions'],
    });
    this.search = restore.client<SearchServiceController>('SearchService', {
      repeatable: ['search'],
    });
    this.plans = restore.client<PlanServiceController>('PlanService', {
      repeatable: ['getPlan', 'listPlanSteps', 'performPlan', 'getRestoreReport'],
    });
    this.exports = restore.client<ExportServiceController>('ExportService');
    this.reports = reporting.client<ReportServiceController>('ReportService', {
      repeatable: ['getJobReport', 'listResourceReports', 'listJobEvents'],
    });
    this.activity = reporting.client<ActivityServiceController>('ActivityService');
  }
}

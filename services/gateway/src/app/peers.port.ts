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
import type { GrpcClient } from '@holdfast/platform';

/** The services behind the gateway. */
export abstract class Peers {
  abstract readonly tenants: GrpcClient<TenantServiceController>;
  abstract readonly directory: GrpcClient<DirectoryServiceController>;
  abstract readonly keys: GrpcClient<KeyServiceController>;
  abstract readonly destinations: GrpcClient<DestinationServiceController>;
  abstract readonly backupSets: GrpcClient<BackupSetServiceController>;
  abstract readonly jobs: GrpcClient<JobServiceController>;
  abstract readonly legalHolds: GrpcClient<LegalHoldServiceController>;
  abstract readonly deletions: GrpcClient<DeletionServiceController>;
  abstract readonly vaults: GrpcClient<VaultServiceController>;
  abstract readonly snapshots: GrpcClient<SnapshotServiceController>;
  abstract readonly browse: GrpcClient<BrowseServiceController>;
  abstract readonly search: GrpcClient<SearchServiceController>;
  abstract readonly plans: GrpcClient<PlanServiceController>;
  abstract readonly exports: GrpcClient<ExportServiceController>;
  abstract readonly reports: GrpcClient<ReportServiceController>;
  abstract readonly activity: GrpcClient<ActivityServiceController>;
}

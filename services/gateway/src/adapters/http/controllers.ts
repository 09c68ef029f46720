import { ApiKeyRoutes, AuditRoutes } from './access.routes.js';
import { BackupSetRoutes } from './backup-set.routes.js';
import { CheckRoutes } from './check.routes.js';
import { DeletionRoutes } from './deletion.routes.js';
import { DestinationRoutes } from './destination.routes.js';
import { ExceptionRoutes } from './exception.routes.js';
import { ExportRoutes } from './export.routes.js';
import { FreeingRoutes } from './freeing.routes.js';
import { RetentionRoutes } from './retention.routes.js';
import { LegalHoldRoutes } from './legal-hold.routes.js';
import { JobRoutes } from './job.routes.js';
import { ProviderKeyRoutes } from './provider-key.routes.js';
import { ReportRoutes } from './report.routes.js';
import { RestoreRoutes } from './restore.routes.js';
import { SearchRoutes } from './search.routes.js';
import { SnapshotRoutes } from './snapshot.routes.js';
import { TenantRoutes } from './tenant.routes.js';
import { VaultRoutes } from './vault.routes.js';

/** All that the public API consists of, in the order of its document. */
export const apiControllers = [
  TenantRoutes,
  DestinationRoutes,
  BackupSetRoutes,
  VaultRoutes,
  JobRoutes,
  RetentionRoutes,
  LegalHoldRoutes,
  DeletionRoutes,
  FreeingRoutes,
  CheckRoutes,
  ReportRoutes,
  ExceptionRoutes,
  SnapshotRoutes,
  SearchRoutes,
  RestoreRoutes,
  ExportRoutes,
  ApiKeyRoutes,
  ProviderKeyRoutes,
  AuditRoutes,
] as const;

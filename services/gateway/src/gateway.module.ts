import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AuditInterceptor } from './adapters/http/audit.interceptor.js';
import { apiControllers } from './adapters/http/controllers.js';
import { EdgeGuard } from './adapters/http/edge.guard.js';
import { HttpErrorFilter } from './adapters/http/http-error.filter.js';
import { OpenApiRoutes } from './adapters/http/openapi.routes.js';
import { PostgresApiKeys } from './adapters/postgres/postgres-api-keys.js';
import { PostgresAuditTrail } from './adapters/postgres/postgres-audit-trail.js';
import { PostgresExportPaths } from './adapters/postgres/postgres-export-paths.js';
import { CheckpointTimer } from './adapters/timer/checkpoint.timer.js';
import { ApiKeys } from './app/api-keys.port.js';
import { AppendToTrail } from './app/append-to-trail.js';
import { AskReporting } from './app/ask-reporting.js';
import { AuditTrail } from './app/audit-trail.port.js';
import { CreateBackupSet } from './app/create-backup-set.js';
import { ExportPaths } from './app/export-paths.port.js';
import { FindSnapshots } from './app/find-snapshots.js';
import { FindUnmatchedItems } from './app/find-unmatched-items.js';
import { ListAffectedItems } from './app/list-affected-items.js';
import { ListExceptions } from './app/list-exceptions.js';
import { ApproverKey } from './app/approver-key.js';
import { CertifyDeletion } from './app/certify-deletion.js';
import { RemainingOfDeletion } from './app/remaining-of-deletion.js';
import { MakeApiKey } from './app/make-api-key.js';
import { RebuildVault } from './app/rebuild-vault.js';
import { RecogniseCaller } from './app/recognise-caller.js';
import { RestoreSources } from './app/restore-sources.js';
import { SignCheckpoint } from './app/sign-checkpoint.js';
import { VerifyAuditTrail } from './app/verify-audit-trail.js';
import { SearchItems } from './app/search-items.js';

/** The gateway on one page: what it answers, what stands before every route, and which adapter stands behind each port. */
@Module({
  controllers: [...apiControllers, OpenApiRoutes],
  providers: [
    RecogniseCaller,
    ApproverKey,
    CertifyDeletion,
    RemainingOfDeletion,
    FindUnmatchedItems,
    MakeApiKey,
    CreateBackupSet,
    RebuildVault,
    FindSnapshots,
    SearchItems,
    RestoreSources,
    AskReporting,
    ListAffectedItems,
    ListExceptions,
    AppendToTrail,
    SignCheckpoint,
    VerifyAuditTrail,
    CheckpointTimer,
    { provide: ApiKeys, useClass: PostgresApiKeys },
    { provide: AuditTrail, useClass: PostgresAuditTrail },
    { provide: ExportPaths, useClass: PostgresExportPaths },
    { provide: APP_GUARD, useClass: EdgeGuard },
    { provide: APP_INTERCEPTOR, useClass: AuditInterceptor },
    { provide: APP_FILTER, useClass: HttpErrorFilter },
  ],
})
export class GatewayModule {}

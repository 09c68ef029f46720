import { Module } from '@nestjs/common';
import { BackupSetController } from './adapters/grpc/backup-set.controller.js';
import { DeletionController } from './adapters/grpc/deletion.controller.js';
import { FreeingController } from './adapters/grpc/freeing.controller.js';
import { HistoryController } from './adapters/grpc/history.controller.js';
import { JobController } from './adapters/grpc/job.controller.js';
import { LegalHoldController } from './adapters/grpc/legal-hold.controller.js';
import { RetentionController } from './adapters/grpc/retention.controller.js';
import { GrantKeyController, TaskController } from './adapters/grpc/task.controller.js';
import { PostgresBackupSets } from './adapters/postgres/postgres-backup-sets.js';
import { PostgresDeletions } from './adapters/postgres/postgres-deletions.js';
import { PostgresClock } from './adapters/postgres/postgres-clock.js';
import { PostgresDueRetentions } from './adapters/postgres/postgres-due-retentions.js';
import { PostgresHistory } from './adapters/postgres/postgres-history.js';
import { PostgresJobs } from './adapters/postgres/postgres-jobs.js';
import { PostgresLegalHolds } from './adapters/postgres/postgres-legal-holds.js';
import { PostgresPastBackups } from './adapters/postgres/postgres-past-backups.js';
import { PostgresNotes } from './adapters/postgres/postgres-notes.js';
import { PostgresRetentionPast } from './adapters/postgres/postgres-retention-past.js';
import { PostgresSampledVaults } from './adapters/postgres/postgres-sampled-vaults.js';
import { PostgresTasks } from './adapters/postgres/postgres-tasks.js';
import { PostgresVaultWork } from './adapters/postgres/postgres-vault-work.js';
import { TaskGauges } from './adapters/postgres/task-gauges.js';
import { NotesTimer } from './adapters/timer/notes.timer.js';
import { SamplesTimer } from './adapters/timer/samples.timer.js';
import { SweepTimer } from './adapters/timer/sweep.timer.js';
import { BackupSets } from './app/backup-sets.port.js';
import { DeleteOnRequest } from './app/delete-on-request.js';
import { Deletions } from './app/deletions.port.js';
import { DatabaseClock } from './app/database-clock.port.js';
import { DueRetentions } from './app/due-retentions.port.js';
import { EndLeftOpen } from './app/end-left-open.js';
import { FailTask } from './app/fail-task.js';
import { FreeAfterDeletions } from './app/free-after-deletions.js';
import { GrantPlanning } from './app/grant-planning.js';
import { History } from './app/history.port.js';
import { Jobs } from './app/jobs.port.js';
import { KeepNotes } from './app/keep-notes.js';
import { LeaseTask } from './app/lease-task.js';
import { LegalHolds } from './app/legal-holds.port.js';
import { PastBackups } from './app/past-backups.port.js';
import { PlaceLegalHold } from './app/place-legal-hold.js';
import { RenewNewest } from './app/renew-newest.js';
import { QuoteBackup } from './app/quote-backup.js';
import { Notes } from './app/notes.port.js';
import { RetentionPast } from './app/retention-terms.port.js';
import { SampledVaults } from './app/sampled-vaults.port.js';
import { StartBackup } from './app/start-backup.js';
import { StartDueRetentions } from './app/start-due-retentions.js';
import { StartHousekeeping } from './app/start-housekeeping.js';
import { StartRebuild } from './app/start-rebuild.js';
import { StartCheck } from './app/start-check.js';
import { StartSamples } from './app/start-samples.js';
import { StartRestore } from './app/start-restore.js';
import { Sweep } from './app/sweep.js';
import { Tasks } from './app/tasks.port.js';
import { WarnRunning } from './app/warn-running.js';
import { VaultWork } from './app/vault-work.port.js';

/** The scheduler on one page: what it answers, what it does, and which adapter stands behind each port. */
@Module({
  controllers: [
    BackupSetController,
    JobController,
    TaskController,
    RetentionController,
    LegalHoldController,
    DeletionController,
    FreeingController,
    HistoryController,
    GrantKeyController,
  ],
  providers: [
    StartBackup,
    StartHousekeeping,
    QuoteBackup,
    StartRebuild,
    StartCheck,
    StartSamples,
    SamplesTimer,
    StartDueRetentions,
    StartRestore,
    LeaseTask,
    FailTask,
    EndLeftOpen,
    GrantPlanning,
    PlaceLegalHold,
    DeleteOnRequest,
    FreeAfterDeletions,
    RenewNewest,
    WarnRunning,
    KeepNotes,
    NotesTimer,
    Sweep,
    SweepTimer,
    TaskGauges,
    { provide: BackupSets, useClass: PostgresBackupSets },
    { provide: Deletions, useClass: PostgresDeletions },
    { provide: DatabaseClock, useClass: PostgresClock },
    { provide: DueRetentions, useClass: PostgresDueRetentions },
    { provide: History, useClass: PostgresHistory },
    { provide: Jobs, useClass: PostgresJobs },
    { provide: LegalHolds, useClass: PostgresLegalHolds },
    { provide: PastBackups, useClass: PostgresPastBackups },
    { provide: Notes, useClass: PostgresNotes },
    { provide: RetentionPast, useClass: PostgresRetentionPast },
    { provide: SampledVaults, useClass: PostgresSampledVaults },
    { provide: Tasks, useClass: PostgresTasks },
    { provide: VaultWork, useClass: PostgresVaultWork },
  ],
})
export class SchedulerModule {}

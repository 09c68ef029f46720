import { Module } from '@nestjs/common';
import { TaskReadyConsumer } from './adapters/bus/task-ready.consumer.js';
import { ExportController } from './adapters/grpc/export.controller.js';
import { BrowseController } from './adapters/grpc/browse.controller.js';
import { PlanController } from './adapters/grpc/plan.controller.js';
import { SearchController } from './adapters/grpc/search.controller.js';
import { DownloadController } from './adapters/http/download.controller.js';
import { PostgresExports } from './adapters/postgres/postgres-exports.js';
import { PostgresLiveItems } from './adapters/postgres/postgres-live-items.js';
import { PostgresPlans } from './adapters/postgres/postgres-plans.js';
import { Browse } from './app/browse.js';
import { CreatePlan } from './app/create-plan.js';
import { ExportItems } from './app/export-items.js';
import { Exports } from './app/exports.port.js';
import { ListExceptions } from './app/list-exceptions.js';
import { LiveItems } from './app/live-items.port.js';
import { OpenedVaults } from './app/opened-vaults.js';
import { PerformPlan } from './app/perform-plan.js';
import { PerformTask } from './app/perform-task.js';
import { Plans } from './app/plans.port.js';
import { QuoteGrounds } from './app/quote-grounds.js';
import { Search } from './app/search.js';
import { ShowPlan } from './app/show-plan.js';

/** The restore service on one page: what it answers, what it does, and which adapter stands behind each port. */
@Module({
  controllers: [BrowseController, SearchController, PlanController, ExportController, DownloadController],
  providers: [
    OpenedVaults,
    Browse,
    ListExceptions,
    Search,
    CreatePlan,
    QuoteGrounds,
    ShowPlan,
    ExportItems,
    PerformPlan,
    PerformTask,
    TaskReadyConsumer,
    { provide: Plans, useClass: PostgresPlans },
    { provide: Exports, useClass: PostgresExports },
    { provide: LiveItems, useClass: PostgresLiveItems },
  ],
})
export class RestoreModule {}

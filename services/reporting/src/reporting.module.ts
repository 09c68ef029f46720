import { Module } from '@nestjs/common';
import { JobEventsConsumer } from './adapters/bus/job-events.consumer.js';
import { ActivityController, ReportController } from './adapters/grpc/report.controller.js';
import { PostgresReports } from './adapters/postgres/postgres-reports.js';
import { Reports } from './app/reports.port.js';
import { WatchJob } from './app/watch-job.js';

/** Reporting on one page: what it answers, what it hears, and which adapter stands behind its port. */
@Module({
  controllers: [ReportController, ActivityController],
  providers: [WatchJob, JobEventsConsumer, { provide: Reports, useClass: PostgresReports }],
})
export class ReportingModule {}

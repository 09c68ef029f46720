import {
  ActivityServiceControllerMethods,
  ReportServiceControllerMethods,
  type ActivityServiceController,
  type JobActivity,
  type JobReport,
  type JobReportRequest,
  type ListJobEventsRequest,
  type ListJobEventsResponse,
  type ListResourceReportsRequest,
  type ListResourceReportsResponse,
  type ReportServiceController,
  type WatchJobRequest,
} from '@holdfast/contracts/reporting/v1';
import type { TaskReport } from '@holdfast/contracts';
import { AppError, Clock, parseJobId, parseTenantId } from '@holdfast/kernel';
import { CalledBy, Readiness, streamOf } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { Reports, type JobSummary, type PageRequest } from '../../app/reports.port.js';
import { WatchJob } from '../../app/watch-job.js';

const SEVERITIES = ['info', 'warning', 'error'];

@Controller()
@ReportServiceControllerMethods()
@CalledBy('gateway')
export class ReportController implements ReportServiceController {
  constructor(private readonly reports: Reports) {}

  async getJobReport(request: JobReportRequest): Promise<JobReport> {
    const tenant = parseTenantId(request.tenantId);
    return wireReport(tenant, await this.reports.job(tenant, parseJobId(request.jobId)));
  }

  async listResourceReports(request: ListResourceReportsRequest): Promise<ListResourceReportsResponse> {
    const tenant = parseTenantId(request.tenantId);
    const job = parseJobId(request.jobId);
    const { rows, next } = await this.reports.resources(tenant, job, pageFrom(request, AFTER_RESOURCE));
    return {
      resources: rows.map((row) => ({
        resourceId: row.resourceId,
        outcome: row.outcome,
        snapshotId: row.snapshotId,
        errorCode: row.errorCode,
        errorMessage: row.errorMessage,
        counts: { ...noJob, tenantId: tenant, jobId: job, ...wireCounts(row.report), resources: 1 },
      })),
      nextPageToken: next ?? '',
    };
  }

  async listJobEvents(request: ListJobEventsRequest): Promise<ListJobEventsResponse> {
    if (request.severity && !SEVERITIES.includes(request.severity))
      throw new AppError('INVALID_ARGUMENT', 'severity has to be info, warning or error.', {
        context: { field: 'severity', rule: 'info, warning or error' },
      });
    const { rows, next } = await this.reports.events(
      parseTenantId(request.tenantId),
      parseJobId(request.jobId),
      request.severity || undefined,
      pageFrom(request, AFTER_EVENT),
    );
    return { events: [...rows], nextPageToken: next ?? '' };
  }
}

@Controller()
@ActivityServiceControllerMethods()
@CalledBy('gateway')
export class ActivityController implements ActivityServiceController {
  constructor(
    private readonly watch: WatchJob,
    private readonly clock: Clock,
    private readonly readiness: Readiness,
  ) {}

  watchJob(request: WatchJobRequest): Observable<JobActivity> {
    return streamOf((gone) => this.#activities(request, AbortSignal.any([gone, this.readiness.stopping])));
  }

  async *#activities(request: WatchJobRequest, signal: AbortSignal): AsyncGenerator<JobActivity> {
    const tenantId = parseTenantId(request.tenantId);
    const jobId = parseJobId(request.jobId);
    for await (const activity of this.watch.run(tenantId, jobId, signal))
      yield {
        ...activity,
        tenantId,
        jobId,
        runningResourceIds: [...activity.runningResourceIds],
        warnings: [...activity.warnings],
        atMs: this.clock.now(),
      };
  }
}

/** Where a list goes on: after a resource, or after an event's number. */
const AFTER_RESOURCE = /^[a-z]+\.[A-Za-z0-9_-]{1,128}$/;
const AFTER_EVENT = /^\d{1,15}$/;

const noJob = { state: '', startedAtMs: 0, finishedAtMs: 0, resources: 0, resourcesFailed: 0, warnings: [] };

function pageFrom({ pageSize, pageToken }: { pageSize: number; pageToken: string }, token: RegExp): PageRequest {
  if (pageSize < 0 || pageSize > 500)
    throw new AppError('INVALID_ARGUMENT', 'pageSize has to be 1 to 500.', {
      context: { field: 'pageSize', rule: '1 to 500' },
    });
  if (pageToken !== '' && !token.test(pageToken))
    throw new AppError('INVALID_ARGUMENT', 'pageToken has to be one that the previous page gave. Start without it.', {
      context: { field: 'pageToken', rule: 'has to be one that the previous page gave' },
    });
  return { size: pageSize || 50, ...(pageToken && { from: pageToken }) };
}

function wireReport(tenantId: string, summary: JobSummary): JobReport {
  const { jobId, state, startedAtMs, finishedAtMs, resources, resourcesFailed, warnings, report } = summary;
  const job = { tenantId, jobId, state, startedAtMs, finishedAtMs, resources, resourcesFailed };
  return { ...job, warnings: [...warnings], ...wireCounts(report) };
}

function wireCounts(report: TaskReport) {
  const { skipped, owed, contentBytes, housekeeping = {}, destinations = {}, ...same } = report;
  const byCause = causeCounts(skipped);
  const skippedItems = byCause.reduce((sum, { items }) => sum + items, 0);
  return {
    ...same,
    skipped: { items: skippedItems, originalBytes: 0 },
    skippedByCause: byCause,
    owed: { items: owed, originalBytes: 0 },
    originalBytes: contentBytes,
    housekeeping: causeCounts(housekeeping),
    destinations: Object.entries(destinations).map(([destinationId, counts]) => ({
      destinationId,
      counts: causeCounts(counts),
    })),
  };
}

const causeCounts = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts).map(([cause, items]) => ({ cause, items }));

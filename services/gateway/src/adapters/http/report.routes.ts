import {
  eventQuery,
  jobActivityView,
  jobEventView,
  jobReportView,
  page,
  pageQuery,
  resourceReportView,
  type JobActivityView,
  type JobReportView,
} from '@holdfast/contracts/api';
import type { JobActivity, JobReport } from '@holdfast/contracts/reporting/v1';
import { Clock } from '@holdfast/kernel';
import { Readiness } from '@holdfast/platform';
import { Controller } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { AskReporting } from '../../app/ask-reporting.js';
import { Peers } from '../../app/peers.port.js';
import { RecogniseCaller } from '../../app/recognise-caller.js';
import { Route, type Asked } from './route.js';
import { sendEvents } from './send-events.js';
import { known, pageView, wirePage } from './words.js';

const resourceQuery = pageQuery(500);

/** What jobs did and do. */
@Controller()
export class ReportRoutes {
  constructor(
    private readonly peers: Peers,
    private readonly reporting: AskReporting,
    private readonly clock: Clock,
    private readonly readiness: Readiness,
    private readonly recognise: RecogniseCaller,
  ) {}

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/jobs/:jobId/report',
    permission: 'jobs:read',
    summary: "Show a job's report: items and bytes by outcome, savings, requests spent",
    response: jobReportView,
  })
  async report({ params }: Asked<'tenantId' | 'jobId'>): Promise<JobReportView> {
    const { tenantId, jobId } = params;
    return reportViewOf(await this.reporting.about(tenantId, jobId, () => this.peers.reports.getJobReport(params)));
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/jobs/:jobId/resource-reports',
    permission: 'jobs:read',
    summary: "List a job's reports by resource",
    query: resourceQuery,
    response: page(resourceReportView),
  })
  async resources({ params, query }: Asked<'tenantId' | 'jobId', z.output<typeof resourceQuery>>) {
    const ask = () => this.peers.reports.listResourceReports({ ...params, ...wirePage(query) });
    const { resources, nextPageToken } = await this.reporting.about(params.tenantId, params.jobId, ask);
    const rows = resources.map((row) => ({
      resourceId: row.resourceId,
      outcome: row.outcome,
      snapshotId: known(row.snapshotId),
      errorCode: known(row.errorCode),
      errorMessage: known(row.errorMessage),
      counts: countsOf(row.counts),
    }));
    return pageView(rows, nextPageToken);
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/jobs/:jobId/events',
    permission: 'jobs:read',
    summary: "List a job's own log, oldest first",
    query: eventQuery,
    response: page(jobEventView),
  })
  async events({ params, query }: Asked<'tenantId' | 'jobId', z.output<typeof eventQuery>>) {
    const severity = query.severity ?? '';
    const ask = () => this.peers.reports.listJobEvents({ ...params, ...wirePage(query), severity });
    const { events, nextPageToken } = await this.reporting.about(params.tenantId, params.jobId, ask);
    const rows = events.map((event) => ({ ...event, resourceId: known(event.resourceId) }));
    return pageView(rows, nextPageToken);
  }

  @Route({
    method: 'GET',
    path: 'tenants/:tenantId/jobs/:jobId/activity',
    permission: 'jobs:read',
    summary: 'Watch a job live: an `activity` event at once and after each change, then `end`',
    response: jobActivityView,
    streams: 'text/event-stream',
  })
  async activity({ params, caller }: Asked<'tenantId' | 'jobId'>, response: Response): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const over = AbortSignal.any([gone.signal, this.readiness.stopping]);
    const activities = await this.reporting.watch(params.tenantId, params.jobId, over);
    await sendEvents(response, this.clock, 'activity', {
      values: views(activities),
      isAdmitted: this.recognise.follow(caller),
      end: () => gone.abort(),
    });
  }
}

async function* views(activities: AsyncIterable<JobActivity>): AsyncGenerator<JobActivityView> {
  for await (const { tenantId: _, ...activity } of activities)
    yield { ...activity, itemsExpected: known(activity.itemsExpected) };
}

function reportViewOf(report: JobReport): JobReportView {
  const { jobId, state, startedAtMs, finishedAtMs, resources, resourcesFailed, warnings } = report;
  return {
    jobId,
    state,
    startedAtMs,
    finishedAtMs: known(finishedAtMs),
    resources,
    resourcesFailed,
    warnings,
    housekeeping: report.housekeeping,
    destinations: report.destinations,
    ...countsOf(report),
  };
}

function countsOf(report: JobReport | undefined) {
  const none = { items: 0, originalBytes: 0 };
  return {
    newItems: report?.newItems ?? none,
    updated: report?.updated ?? none,
    attributesChanged: report?.attributesChanged ?? none,
    moved: report?.moved ?? none,
    deleted: report?.deleted ?? none,
    unchanged: report?.unchanged ?? none,
    skipped: report?.skipped ?? none,
    owed: report?.owed ?? none,
    skippedByCause: report?.skippedByCause ?? [],
    originalBytes: report?.originalBytes ?? 0,
    newBytes: report?.newBytes ?? 0,
    storedBytes: report?.storedBytes ?? 0,
    deduplicatedBytes: report?.deduplicatedBytes ?? 0,
    requests: report?.requests ?? 0,
    resourceUnits: report?.resourceUnits ?? 0,
    throttled: report?.throttled ?? 0,
    unexplained: report?.unexplained ?? 0,
  };
}

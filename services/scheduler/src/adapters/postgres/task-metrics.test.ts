import { emptyTaskReport } from '@holdfast/contracts';
import {
  parseJobId,
  parseResourceId,
  parseTenantId,
  parseVaultId,
  resourceParts,
  SystemClock,
  type TaskId,
} from '@holdfast/kernel';
import { inSpan, SpanKind } from '@holdfast/platform';
import { startTestPostgres, startTestTelemetry, type TestPostgres, type TestTelemetry } from '@holdfast/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { PostgresJobs } from './postgres-jobs.js';
import { PostgresTasks } from './postgres-tasks.js';
import { openSchedulerDatabase, type SchedulerTables } from './test-database.suite.js';
import { TaskGauges } from './task-gauges.js';

const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const vaultId = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const resources = [parseResourceId('mail.u1'), parseResourceId('drive.u1'), parseResourceId('mail.u2')];
const LONG_MS = 60_000;
const clock = new SystemClock();
const progress = { itemsDone: 3, itemsExpected: 9, bytesDone: 70, requests: 4, throttled: 0, requestMs: 9 };

let server: TestPostgres;
let database: SchedulerTables;
let tasks: PostgresTasks;
let telemetry: TestTelemetry;
let ids: readonly TaskId[];
let traceparentsOf: () => Promise<readonly (string | undefined)[]>;

beforeAll(async () => {
  server = await startTestPostgres();
}, 60_000);
afterAll(() => server.stop());

beforeEach(async () => {
  telemetry = await startTestTelemetry();
  database = await openSchedulerDatabase(server);
  tasks = new PostgresTasks(database, clock);
  const gauges = new TaskGauges(database);
  gauges.onApplicationBootstrap();
  ids = await startJob(new PostgresJobs(database));
  traceparentsOf = async () => {
    const leased = await Promise.all(ids.map((id) => tasks.lease(tenant, id, 'w', LONG_MS)));
    return leased.map((lease) => lease?.traceparent);
  };
});
afterEach(() => database.close());

/** A backup of three resources, started within a trace. */
function startJob(jobs: PostgresJobs): Promise<readonly TaskId[]> {
  return inSpan('request', { kind: SpanKind.SERVER, mayBegin: true }, async () => {
    const jobId = parseJobId(randomUUID());
    const plan = { planId: randomUUID(), vaultId, timeZone: 'UTC', fullCheck: false, dryRun: false };
    await jobs.open(tenant, { jobId, kind: 'restore', ...plan });
    await jobs.addTasks(tenant, jobId, resources);
    await jobs.close(tenant, jobId, []);
    const { rows } = await jobs.listTasks(tenant, jobId, { size: 50 });
    return rows.map(({ taskId }) => taskId);
  });
}

describe('telemetry of the task table', () => {
  it('leases every task with the trace of the request that started its job', async () => {
    const traceparents = await traceparentsOf();
    const { spans } = await telemetry.end();
    const request = spans.find(({ name }) => name === 'request');
    expect(request).toBeDefined();
    expect(traceparents).toEqual(
      resources.map(() => expect.stringContaining(`${request?.traceId}-${request?.spanId}`)),
    );
  });

  it('tells how many tasks wait and are held, and for how long the oldest has waited', async () => {
    await tasks.lease(tenant, ids[0]!, 'w', LONG_MS);
    await clock.sleep(50);
    const told = await telemetry.end();
    const of = (name: string, lane: string) => told.sum(name, { lane });
    expect(of('holdfast.tasks.waiting', 'restore')).toBe(2);
    expect(of('holdfast.tasks.leased', 'restore')).toBe(1);
    expect(of('holdfast.tasks.lag', 'restore')).toBeGreaterThan(0.05);
    expect(of('holdfast.tasks.waiting', 'increment')).toBe(0);
    expect(told.points.filter(({ name }) => name === 'holdfast.tasks.waiting')).toHaveLength(3);
  });

  it('counts leases that lapsed, tasks that are tried again, and each end once', async () => {
    await tasks.lease(tenant, ids[0]!, 'lost', 1);
    await clock.sleep(20);
    const held = await tasks.lease(tenant, ids[0]!, 'next', LONG_MS);
    const report = {
      ...emptyTaskReport,
      newItems: { items: 7, originalBytes: 70 },
      skipped: { malware: 2 },
      storedBytes: 30,
    };
    const end = { outcome: 'completed' as const, progress, report, snapshotId: '', errorCode: '', errorMessage: '' };
    const { epoch } = held!.task;
    await tasks.finish(tenant, { taskId: ids[0]!, epoch }, end);
    await tasks.finish(tenant, { taskId: ids[0]!, epoch }, end);
    const other = await tasks.lease(tenant, ids[1]!, 'w', LONG_MS);
    const again = { afterMs: 0, code: 'GRAPH_THROTTLED', message: '', freshStarts: 0 };
    await tasks.putBack(tenant, { taskId: ids[1]!, epoch: other!.task.epoch }, again);
    const told = await telemetry.end();
    const { workload } = resourceParts(held!.task.resourceId);
    expect(told.sum('holdfast.task.lapses', { kind: 'restore' })).toBe(1);
    expect(told.sum('holdfast.task.retries', { kind: 'restore', reason: 'GRAPH_THROTTLED' })).toBe(1);
    expect(told.sum('holdfast.tasks.ended', { kind: 'restore', workload, outcome: 'completed' })).toBe(1);
    expect(told.sum('holdfast.items', { kind: 'restore', workload, outcome: 'new' })).toBe(7);
    expect(told.sum('holdfast.items', { outcome: 'skipped' })).toBe(2);
    expect(told.sum('holdfast.bytes', { stage: 'stored' })).toBe(30);
  });
});

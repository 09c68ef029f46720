import { emptyTaskReport, type JobChanged, type TaskFinished, type TaskProgress } from '@holdfast/contracts';
import { parseJobId, parseResourceId, parseTaskId, parseTenantId } from '@holdfast/kernel';
import { Database, prepareDatabase, Secret, serviceUrls, SilentLogger } from '@holdfast/platform';
import { startTestPostgres, type TestPostgres } from '@holdfast/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { migrations } from './migrations.js';
import { PostgresReports } from './postgres-reports.js';
import type { ReportingSchema } from './reporting-database.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');
const jobId = parseJobId('cccccccc-0000-4000-8000-000000000000');
const taskId = parseTaskId('dddddddd-0000-4000-8000-000000000000');
const mailOf = (n: number) => parseResourceId(`mail.u${n}`);

const changed = (state: JobChanged['state'], revision: number): JobChanged => ({
  tenantId: ours,
  jobId,
  jobKind: 'backup',
  state,
  revision,
  tasksTotal: 3,
  startedAtMs: 1_000,
  finishedAtMs: state === 'running' ? 0 : 9_000,
  warnings: [],
  atMs: 1_000 + revision,
});

const finished = (n: number, outcome: TaskFinished['outcome'] = 'completed'): TaskFinished => ({
  tenantId: ours,
  jobId,
  taskId,
  resourceId: mailOf(n),
  outcome,
  snapshotId: '',
  errorCode: '',
  errorMessage: '',
  report: { ...emptyTaskReport, newItems: { items: n, originalBytes: 10 * n }, requests: n },
  atMs: 5_000 + n,
});

const progress = (n: number, itemsDone: number, atMs: number): TaskProgress => ({
  tenantId: ours,
  jobId,
  taskId,
  resourceId: mailOf(n),
  state: 'running',
  itemsDone,
  itemsExpected: 10,
  bytesDone: 100 * itemsDone,
  requests: itemsDone,
  throttled: 0,
  atMs,
});

let server: TestPostgres;
let reports: PostgresReports;
beforeAll(async () => {
  server = await startTestPostgres();
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  const adminUrl = new Secret(await server.createDatabase());
  const urls = serviceUrls(adminUrl, 'reporting', new Secret('pw'));
  await prepareDatabase({ adminUrl, ...urls, schema: 'reporting', migrations });
  const database = await Database.open<ReportingSchema, never>({
    ...urls,
    schema: 'reporting',
    sweeps: [],
    logger: new SilentLogger(),
  });
  reports = new PostgresReports(database);
  return () => database.close();
});

describe('PostgresReports', () => {
  it('comes to the same whatever order the bus keeps and however often it tells', async () => {
    await reports.noteJob(changed('completed-with-errors', 4));
    await reports.noteTask(finished(2));
    await reports.noteJob(changed('running', 0));
    await reports.noteTask(finished(1, 'incomplete'));
    await reports.noteTask(finished(2));
    await reports.noteJob(changed('completed-with-errors', 4));
    const summary = await reports.job(ours, jobId);
    expect(summary).toMatchObject({ state: 'completed-with-errors', resources: 2, resourcesFailed: 1 });
    expect(summary.report).toMatchObject({ newItems: { items: 3, originalBytes: 30 }, requests: 3 });
    const { rows } = await reports.events(ours, jobId, undefined, { size: 50 });
    expect(rows.map(({ kind }) => kind).sort()).toEqual([
      'completed',
      'resource-finished',
      'resource-incomplete',
      'started',
    ]);
  });

  it('tells what a job was warned of in its report and once in its log', async () => {
    const warnings = ['Locks could not be extended.'];
    await reports.noteJob({ ...changed('running', 0), warnings });
    expect(await reports.activity(ours, jobId)).toMatchObject({ state: 'running', warnings });
    await reports.noteJob({ ...changed('completed-with-warnings', 1), warnings });
    expect((await reports.job(ours, jobId)).warnings).toEqual(warnings);
    const { rows } = await reports.events(ours, jobId, 'warning', { size: 50 });
    expect(rows.filter(({ kind }) => kind === 'warning').map(({ message }) => message)).toEqual(warnings);
  });

  it('shows progress as it grows, never as it was, and no longer when the resource is finished', async () => {
    await reports.noteJob(changed('running', 0));
    await reports.noteProgress(progress(1, 5, 2_000));
    await reports.noteProgress(progress(1, 3, 1_500));
    await reports.noteProgress(progress(2, 1, 2_000));
    expect(await reports.activity(ours, jobId)).toMatchObject({
      itemsDone: 6,
      bytesDone: 600,
      tasksFinished: 0,
      runningResourceIds: ['mail.u1', 'mail.u2'],
    });
    await reports.noteTask(finished(1));
    await reports.noteProgress(progress(1, 5, 2_500));
    expect(await reports.activity(ours, jobId)).toMatchObject({ tasksFinished: 1, runningResourceIds: ['mail.u2'] });
  });

  it('shows no resource as running that has ended, whatever was told of it at the same moment', async () => {
    await reports.noteJob(changed('running', 0));
    for (let n = 1; n <= 40; n += 1)
      await Promise.all([reports.noteProgress(progress(n, 5, 2_000)), reports.noteTask(finished(n))]);
    expect((await reports.activity(ours, jobId)).runningResourceIds).toEqual([]);
  }, 30_000);

  it('shows nothing to another tenant', async () => {
    await reports.noteJob(changed('running', 0));
    await expect(reports.job(theirs, jobId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(reports.activity(theirs, jobId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('pages through resources and filters the log', async () => {
    await reports.noteJob(changed('running', 0));
    for (const n of [1, 2, 3]) await reports.noteTask(finished(n, n === 3 ? 'failed' : 'completed'));
    const first = await reports.resources(ours, jobId, { size: 2 });
    expect(first.rows.map(({ resourceId }) => resourceId)).toEqual(['mail.u1', 'mail.u2']);
    const rest = await reports.resources(ours, jobId, { size: 2, from: first.next! });
    expect(rest).toMatchObject({ rows: [{ resourceId: 'mail.u3', outcome: 'failed' }] });
    expect(rest.next).toBeUndefined();
    const errors = await reports.events(ours, jobId, 'error', { size: 10 });
    expect(errors.rows.map(({ resourceId }) => resourceId)).toEqual(['mail.u3']);
  });
});

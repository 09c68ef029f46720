import { AppError } from '@holdfast/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { JOB, MAIL, OURS, SET, SNAPSHOT, VAULT } from './fake-world.suite.js';
import { TestGateway } from './test-gateway.suite.js';

const ours = `tenants/${OURS}`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
beforeEach(() => gateway.fakes.reset());
afterAll(() => gateway.close());

const lastRequest = (method: string) => gateway.fakes.seen.findLast((call) => call.method === method)?.request;

describe('jobs', () => {
  it('starts, lists, shows and stops jobs', async () => {
    const started = await gateway.call('POST', `${ours}/backup-sets/${SET}/jobs`, { body: { fullCheck: true } });
    expect(started.body).toMatchObject({ jobId: JOB, state: 'running', kind: 'backup' });
    expect(lastRequest('startBackup')).toEqual({ tenantId: OURS, backupSetId: SET, fullCheck: true });
    expect((await gateway.call('POST', `${ours}/backup-sets/${SET}/jobs`)).status).toBe(201);
    const list = await gateway.call('GET', `${ours}/jobs?backupSetId=${SET}`);
    expect(list.body).toMatchObject({ rows: [{ jobId: JOB }], nextPageToken: 'more' });
    expect((await gateway.call('GET', `${ours}/jobs/${JOB}`)).body).not.toHaveProperty('finishedAtMs');
    expect((await gateway.call('POST', `${ours}/jobs/${JOB}/stop`)).body).toMatchObject({ state: 'stopping' });
    const tasks = await gateway.call('GET', `${ours}/jobs/${JOB}/tasks`);
    expect(tasks.body.rows[0]).toMatchObject({ resourceId: MAIL, state: 'leased' });
  });

  it('starts a retention and shows what the newest one said', async () => {
    const { status, body } = await gateway.call('POST', `${ours}/backup-sets/${SET}/retention-jobs`, {
      body: { dryRun: true },
    });
    expect([status, body]).toEqual([201, expect.objectContaining({ kind: 'retention' })]);
    expect(lastRequest('startRetention')).toEqual({ tenantId: OURS, backupSetId: SET, dryRun: true });
    const said = await gateway.call('GET', `${ours}/backup-sets/${SET}/retention-verdicts?pageSize=10`);
    expect(said.body.rows).toEqual([
      expect.objectContaining({ snapshotId: SNAPSHOT, stays: true }),
      expect.objectContaining({ stays: false, wentAtMs: expect.any(Number) }),
    ]);
    expect(said.body.rows[0]).not.toHaveProperty('wentAtMs');
    expect(lastRequest('listRetentionVerdicts')).toMatchObject({ vaultId: VAULT, backupSetId: SET, pageSize: 10 });
  });

  it('starts a space freeing and shows what the newest one said', async () => {
    const { status, body } = await gateway.call('POST', `${ours}/backup-sets/${SET}/freeing-jobs`, { body: {} });
    expect([status, body]).toEqual([201, expect.objectContaining({ kind: 'freeing' })]);
    expect(lastRequest('startFreeing')).toEqual({ tenantId: OURS, backupSetId: SET, dryRun: false });
    const said = await gateway.call('GET', `${ours}/backup-sets/${SET}/freeing-report`);
    expect(said.body).toMatchObject({
      jobId: JOB,
      dryRun: true,
      shares: [{ verdict: 'condemn', because: 'nothing-needed', packs: 2, bytes: 2 ** 40, neededBytes: 0 }],
      waitingObjects: 1,
    });
    expect(said.body).toMatchObject({ needed: { byOne: 9, bySeveral: 4 } });
    expect(lastRequest('getFreeingReport')).toEqual({ tenantId: OURS, vaultId: VAULT });
    const shares = await gateway.call('GET', `${ours}/backup-sets/${SET}/freeing-report/snapshots?pageSize=10`);
    expect(shares.body.rows).toEqual([
      { snapshotId: SNAPSHOT, resourceId: 'mail.u1', number: 7, jobStartedAtMs: Date.UTC(2025, 0, 1), bytes: 9 },
    ]);
    expect(lastRequest('listSnapshotShares')).toEqual({
      tenantId: OURS,
      vaultId: VAULT,
      backupSetId: SET,
      pageSize: 10,
      pageToken: '',
    });
  });

  it('starts a check of a vault and shows what checks found', async () => {
    const vault = `${ours}/vaults/${VAULT}`;
    const { status, body } = await gateway.call('POST', `${vault}/checks`, { body: { mode: 'sample', days: 30 } });
    expect([status, body]).toEqual([201, expect.objectContaining({ kind: 'check' })]);
    const termsJson = JSON.stringify({ mode: 'sample', days: 30 });
    expect(lastRequest('startCheck')).toEqual({ tenantId: OURS, vaultId: VAULT, termsJson });
    expect((await gateway.call('POST', `${vault}/checks`, { body: { mode: 'some' } })).status).toBe(400);
    const found = await gateway.call('GET', `${vault}/findings?pageSize=10`);
    expect(found.body.rows).toEqual([
      expect.objectContaining({
        damage: 'altered',
        state: 'quarantined',
        snapshots: [expect.objectContaining({ number: 4 })],
      }),
    ]);
    expect(lastRequest('listFindings')).toMatchObject({ vaultId: VAULT, pageSize: 10 });
    const affected = await gateway.call('GET', `${vault}/affected-items?pageSize=10`);
    expect(affected.body.rows).toEqual([
      expect.objectContaining({
        itemId: 'AAMk=',
        state: 'past',
        until: expect.objectContaining({ number: 5 }),
      }),
    ]);
    expect((affected.body.rows as { path: string[] }[])[0]?.path.length).toBeGreaterThan(0);
    expect(lastRequest('getItem')).toMatchObject({ itemId: 'AAMk=', place: { snapshotId: SNAPSHOT } });
  });

  it('reports with numbers of 64 bits as JSON numbers', async () => {
    const { body } = await gateway.call('GET', `${ours}/jobs/${JOB}/report`);
    expect(body).toMatchObject({ newItems: { items: 3 }, originalBytes: 2 ** 52 });
    const resources = await gateway.call('GET', `${ours}/jobs/${JOB}/resource-reports`);
    expect(resources.body.rows[0]).toMatchObject({ resourceId: MAIL, counts: { requests: 9 } });
    const events = await gateway.call('GET', `${ours}/jobs/${JOB}/events?severity=warning`);
    expect(events.body.rows[0]?.['message']).toBe('The job started.');
    expect(lastRequest('listJobEvents')).toMatchObject({ severity: 'warning' });
  });

  it('waits for a report of a job that reporting has not heard of yet', async () => {
    const { getJobReport } = gateway.fakes.answers.ReportService;
    let asked = 0;
    gateway.fakes.answers.ReportService['getJobReport'] = (request) => {
      asked += 1;
      if (asked < 3) throw new AppError('NOT_FOUND', 'No such job.');
      return getJobReport?.(request);
    };
    expect((await gateway.call('GET', `${ours}/jobs/${JOB}/report`)).status).toBe(200);
    gateway.fakes.answers.ReportService['getJobReport'] = () => {
      throw new AppError('NOT_FOUND', 'No such job.');
    };
    gateway.fakes.answers.JobService['getJob'] = () => {
      throw new AppError('NOT_FOUND', 'There is no such job.');
    };
    const unknown = await gateway.call('GET', `${ours}/jobs/${JOB}/report`);
    expect([unknown.status, unknown.body.error.message]).toEqual([404, 'There is no such job.']);
  });
});

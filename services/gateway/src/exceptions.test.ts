import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { JOB, MAIL, OURS, SNAPSHOT, VAULT } from './fake-world.suite.js';
import { BOOTSTRAP, TestGateway } from './test-gateway.suite.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
}, 60_000);
afterEach(() => gateway.fakes.reset());
afterAll(() => gateway.close());

const at = `tenants/${OURS}/jobs/${JOB}/exceptions`;
const requests = (method: string) => gateway.fakes.seen.filter((call) => call.method === method);

/** Reports of resources, a page of two at a time. */
function report(...resources: readonly object[]): void {
  gateway.fakes.answers.ReportService['listResourceReports'] = ({ pageToken }) => {
    const from = Number(pageToken || 0);
    const nextPageToken = from + 2 < resources.length ? String(from + 2) : '';
    return { resources: resources.slice(from, from + 2), nextPageToken };
  };
}

const none = { items: 0, originalBytes: 0 };
const quiet = { owed: none, deleted: none, skipped: none, unexplained: 0 };
const resource = (resourceId: string, counts: object = {}) => ({
  resourceId,
  outcome: 'completed',
  snapshotId: SNAPSHOT,
  errorCode: '',
  errorMessage: '',
  counts: { ...quiet, ...counts },
});
const owed = (itemId: string) => ({ outcome: 'owed', itemId, kind: 'message', path: ['Inbox', itemId], code: 'X' });

describe('the exceptions of a job', () => {
  it('are asked for where a report counts some, with the outcomes that it counts', async () => {
    report(resource(MAIL, { owed: { items: 1, originalBytes: 0 } }), resource('drive.quiet'));
    const { body } = await gateway.call('GET', `${at}?severity=error`);
    expect(body.rows).toEqual([
      {
        workload: 'mail',
        resourceId: MAIL,
        outcome: 'owed',
        severity: 'error',
        itemId: 'AAMk=',
        kind: 'message',
        path: ['Inbox', '=1+1'],
        code: 'GRAPH_LOCKED',
        reason: 'Somebody holds it.',
        atMs: expect.any(Number),
        attempts: 2,
      },
    ]);
    expect(requests('listExceptions').map(({ request }) => request)).toEqual([
      {
        place: { tenantId: OURS, vaultId: VAULT, resourceId: MAIL, snapshotId: SNAPSHOT, actor: 'bootstrap' },
        outcomes: ['owed'],
        pageSize: 50,
        pageToken: '',
      },
    ]);
  });

  it('come page by page, each once and in one order, over all resources', async () => {
    const some = { owed: { items: 3, originalBytes: 0 } };
    report(resource('drive.a', some), resource('drive.b'), resource('mail.c', some), resource('mail.d', some));
    gateway.fakes.answers.BrowseService['listExceptions'] = ({ place, pageSize, pageToken }) => {
      const from = Number(pageToken || 0);
      const { resourceId } = place as { resourceId: string };
      const names = ['1', '2', '3'].map((name) => `${resourceId}/${name}`).slice(from, from + Number(pageSize));
      const next = from + names.length;
      return { exceptions: names.map(owed), nextPageToken: next < 3 ? String(next) : '' };
    };
    const items: string[] = [];
    let pages = 0;
    for (let token = ''; pages === 0 || token !== ''; pages += 1) {
      const { body } = await gateway.call('GET', `${at}?outcome=owed&pageSize=2${token && `&pageToken=${token}`}`);
      items.push(...body.rows.map((row) => String(row['itemId'])));
      token = (body as { nextPageToken?: string }).nextPageToken ?? '';
    }
    expect(items).toEqual(['drive.a', 'mail.c', 'mail.d'].flatMap((id) => ['1', '2', '3'].map((n) => `${id}/${n}`)));
    expect(pages).toBe(5);
  });

  it('name a resource that has no snapshot, and what no interface covers of the workloads in the job', async () => {
    report({
      ...resource('drive.a'),
      outcome: 'failed',
      snapshotId: '',
      errorCode: 'GRAPH_DENIED',
      errorMessage: 'No.',
    });
    const { body } = await gateway.call('GET', `${at}?pageSize=500`);
    expect(body.rows[0]).toMatchObject({ outcome: 'failed', severity: 'error', code: 'GRAPH_DENIED', reason: 'No.' });
    const rest = body.rows.slice(1);
    expect(rest.length).toBeGreaterThan(5);
    expect(new Set(rest.map(({ workload, outcome }) => `${String(workload)} ${String(outcome)}`))).toEqual(
      new Set(['drive not-covered']),
    );
    const mail = await gateway.call('GET', `${at}?workload=mail`);
    expect(mail.body.rows).toEqual([]);
  });

  it('call nothing failed that ended well: an account without a drive has no snapshot', async () => {
    const skippedByCause = [{ cause: 'no-drive', items: 1 }];
    report({ ...resource('drive.a', { skipped: { items: 1, originalBytes: 0 }, skippedByCause }), snapshotId: '' });
    const { body } = await gateway.call('GET', `${at}?severity=error`);
    expect(body.rows).toEqual([]);
    const all = await gateway.call('GET', at);
    expect(all.body.rows[0]).toMatchObject({ resourceId: 'drive.a', outcome: 'skipped', code: 'no-drive' });
  });

  it.each(['stopped', 'incomplete'])('call failed what was %s before it had a snapshot', async (outcome) => {
    report({ ...resource('drive.a'), outcome, snapshotId: '' });
    const { body } = await gateway.call('GET', `${at}?severity=error`);
    expect(body.rows).toMatchObject([{ resourceId: 'drive.a', outcome: 'failed', code: outcome.toUpperCase() }]);
  });

  it('are refused of a token that no page gave, and of a restore', async () => {
    const wrong = await gateway.call('GET', `${at}?pageToken=x`);
    expect([wrong.status, wrong.body.error.code]).toEqual([400, 'INVALID_ARGUMENT']);
    const { getJob } = gateway.fakes.answers.JobService;
    gateway.fakes.answers.JobService['getJob'] = (request) => ({ ...(getJob?.(request) as object), backupSetId: '' });
    const ofRestore = await gateway.call('GET', `${at}.csv`);
    expect([ofRestore.status, ofRestore.body.error.code]).toEqual([409, 'FAILED_PRECONDITION']);
  });

  it('come as CSV in which no cell is a formula', async () => {
    report(resource(MAIL, { owed: { items: 1, originalBytes: 0 } }));
    gateway.fakes.answers.BrowseService['listExceptions'] = () => ({
      exceptions: [{ ...owed('i'), path: ['=1+1'], reason: 'B' }],
      nextPageToken: '',
    });
    const response = await fetch(`${gateway.url}/${at}.csv?outcome=owed`, {
      headers: { authorization: `Bearer ${BOOTSTRAP}` },
    });
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect((await response.text()).split('\r\n')[1]).toBe(`mail,${MAIL},owed,error,message,'=1+1,i,X,B,,0,,`);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { item, job, JOB, MAIL, OURS, SET, snapshot, SNAPSHOT, VAULT } from './fake-world.suite.js';
import { TestGateway } from './test-gateway.suite.js';

const ours = `tenants/${OURS}`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
beforeEach(() => gateway.fakes.reset());
afterAll(() => gateway.close());

const lastRequest = (method: string) => gateway.fakes.seen.findLast((call) => call.method === method)?.request;

describe('snapshots and content', () => {
  it('lists snapshots of a set, a job, or as of a job', async () => {
    await gateway.call('GET', `${ours}/snapshots?backupSetId=${SET}&resourceId=${MAIL}`);
    expect(lastRequest('listSnapshots')).toMatchObject({
      vaultId: VAULT,
      backupSetId: SET,
      resourceId: MAIL,
      asOfMs: 0,
    });
    await gateway.call('GET', `${ours}/snapshots?jobId=${JOB}`);
    expect(lastRequest('listSnapshots')).toMatchObject({ jobId: JOB, asOfMs: 0 });
    const { body } = await gateway.call('GET', `${ours}/snapshots?asOfJobId=${JOB}`);
    expect(lastRequest('listSnapshots')).toMatchObject({ jobId: '', backupSetId: SET, asOfMs: job.startedAtMs });
    expect(body.rows[0]?.['snapshotId']).toBe(SNAPSHOT);
    const nothing = await gateway.call('GET', `${ours}/snapshots`);
    expect(nothing.body.error.problems).toEqual([
      { field: 'backupSetId', rule: 'has to be given, or one of jobId and vaultId' },
    ]);
  });

  it('browses a snapshot, or a resource as of a job', async () => {
    const there = `${ours}/vaults/${VAULT}/resources/${MAIL}/snapshots/${SNAPSHOT}/items`;
    const folder = await gateway.call('GET', `${there}?folderId=AAMk%3D&pageSize=5`);
    expect(folder.body.rows[0]).toMatchObject({ name: 'A secret subject', kind: 'message' });
    expect(lastRequest('listFolder')).toEqual({
      place: { tenantId: OURS, vaultId: VAULT, resourceId: MAIL, snapshotId: SNAPSHOT, actor: 'bootstrap' },
      folderId: 'AAMk=',
      pageSize: 5,
      pageToken: '',
    });
    expect((await gateway.call('GET', `${there}/AAMk%3D`)).body).toMatchObject({ itemId: 'AAMk=' });
    await gateway.call('GET', `${ours}/jobs/${JOB}/resources/${MAIL}/items`);
    expect(lastRequest('listFolder')).toMatchObject({ place: { snapshotId: SNAPSHOT }, folderId: '' });
    expect((await gateway.call('GET', `${ours}/jobs/${JOB}/resources/${MAIL}/items/x`)).status).toBe(200);
    const log = await gateway.call('GET', `${ours}/jobs/${JOB}/resources/${MAIL}/log`);
    expect(log.body.rows[0]).toMatchObject({ outcome: 'skipped', cause: 'too-large' });
  });

  it('searches group after group of resources, in one state', async () => {
    const pages = [
      { snapshots: [snapshot], nextPageToken: 'group2' },
      { snapshots: [snapshot], nextPageToken: '' },
    ];
    gateway.fakes.answers.SnapshotService['listSnapshots'] = ({ pageToken }) => pages[pageToken === '' ? 0 : 1];
    const within: unknown[] = [];
    gateway.fakes.answers.SearchService['search'] = ({ pageToken }) => {
      within.push(pageToken);
      return { items: [item], nextPageToken: within.length === 1 ? 'within2' : '', examined: 10 };
    };
    const asOf = new Set<unknown>();
    let pageToken: string | undefined;
    let found = 0;
    do {
      const body = { from: { backupSetId: SET }, pattern: 'secret', match: 'starts-with', pageToken };
      const answer = await gateway.call('POST', `${ours}/search`, { body });
      found += answer.body.rows.length;
      asOf.add(lastRequest('listSnapshots')?.['asOfMs']);
      pageToken = answer.body.nextPageToken;
    } while (pageToken !== undefined);
    expect(within).toEqual(['', 'within2', '']);
    expect([found, asOf.size]).toEqual([3, 1]);
    expect(lastRequest('search')).toMatchObject({
      match: 3,
      pattern: 'secret',
      skipSubfolders: false,
      fields: ['name'],
    });
  });
});

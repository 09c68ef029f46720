import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { JOB, MAIL, OURS, PLAN, SET, SNAPSHOT, VAULT } from './fake-world.suite.js';
import { BOOTSTRAP, TestGateway } from './test-gateway.suite.js';

const BIG = 200_000;
const ours = `tenants/${OURS}`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start({}, (request, response) => {
    if (request.url !== '/exports/token') return void response.writeHead(410).end();
    response.writeHead(200, {
      'content-type': 'application/zip',
      'content-disposition': 'attachment; filename="a.zip"',
    });
    response.end(Buffer.alloc(BIG, 7));
  });
});
beforeEach(() => gateway.fakes.reset());
afterAll(() => gateway.close());

const lastRequest = (method: string) => gateway.fakes.seen.findLast((call) => call.method === method)?.request;

describe('restores and exports', () => {
  it('plans, shows, performs and reports', async () => {
    const body = {
      from: { jobId: JOB },
      sources: [{ resourceId: MAIL, itemIds: ['AAMk='], targetAccountId: 'u2' }],
      policy: 'keep-both',
    };
    const plan = await gateway.call('POST', `${ours}/restore-plans`, { body });
    expect(plan.status).toBe(201);
    expect(plan.body).toMatchObject({ planId: PLAN, policy: 'overwrite', counts: { create: 0 } });
    expect(lastRequest('createPlan')).toMatchObject({
      vaultId: VAULT,
      policy: 3,
      sources: [{ resourceId: MAIL, snapshotId: SNAPSHOT, itemIds: ['AAMk='], targetAccountId: 'u2' }],
    });
    expect((await gateway.call('GET', `${ours}/restore-plans/${PLAN}`)).status).toBe(200);
    const steps = await gateway.call('GET', `${ours}/restore-plans/${PLAN}/steps`);
    expect(steps.body.rows[0]).toMatchObject({ action: 'create', state: 'planned' });
    const performed = await gateway.call('POST', `${ours}/restore-plans/${PLAN}/perform`);
    expect(performed.body).toEqual({ planId: PLAN, jobId: JOB });
    const report = await gateway.call('GET', `${ours}/restore-plans/${PLAN}/report`);
    expect(report.body).toMatchObject({ failures: [{ errorCode: 'GRAPH_DENIED' }] });
  });

  it('plans every resource when none is named', async () => {
    await gateway.call('POST', `${ours}/restore-plans`, { body: { from: { backupSetId: SET } } });
    expect(lastRequest('createPlan')).toMatchObject({ sources: [{ resourceId: MAIL, itemIds: [] }] });
  });

  it('streams an export through, keeping restore’s path to itself', async () => {
    const body = { from: { jobId: JOB }, sources: [{ resourceId: MAIL }], format: 'zip' };
    const made = await gateway.call('POST', `${ours}/exports`, { body });
    expect(made.status).toBe(201);
    expect(JSON.stringify(made.body)).not.toContain('token');
    const at = new URL(made.body.downloadPath, gateway.url);
    const response = await fetch(at, { headers: { authorization: `Bearer ${BOOTSTRAP}` } });
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="a.zip"');
    expect((await response.arrayBuffer()).byteLength).toBe(BIG);
    expect((await fetch(at)).status).toBe(401);
  });

  it('says what to do when the export is over', async () => {
    const { createExport } = gateway.fakes.answers.ExportService;
    gateway.fakes.answers.ExportService['createExport'] = (request) => ({
      ...(createExport?.(request) as object),
      path: '/exports/gone',
      expiresAtMs: gateway.clock.now() + 60_000,
    });
    const body = { from: { jobId: JOB }, sources: [{ resourceId: MAIL }], format: 'eml' };
    const made = await gateway.call('POST', `${ours}/exports`, { body });
    const path = `${ours}/exports/${made.body.exportId}/content`;
    expect((await gateway.call('GET', path)).body.error.message).toContain('Make a new one');
    gateway.clock.shift(61_000);
    expect((await gateway.call('GET', path)).status).toBe(404);
  });
});

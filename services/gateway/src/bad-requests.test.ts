import { AppError } from '@holdfast/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { apiControllers } from './adapters/http/controllers.js';
import { routesOf } from './adapters/http/route.js';
import { DELETION, DESTINATION, HOLD, JOB, MAIL, OURS, PLAN, SET, SNAPSHOT, VAULT } from './fake-world.suite.js';
import { BOOTSTRAP, TestGateway } from './test-gateway.suite.js';

const ours = `tenants/${OURS}`;
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start({ HTTP_BODY_LIMIT: '64KiB' });
});
beforeEach(() => gateway.fakes.reset());
afterAll(() => gateway.close());

/** A request that no client library would make. */
async function raw(path: string, headers: Record<string, string>, body: string) {
  const response = await fetch(`${gateway.url}/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${BOOTSTRAP}`, ...headers },
    body,
  });
  return { status: response.status, text: await response.text() };
}

describe('a request that breaks rules', () => {
  it('is told all of them at once, each with its field and its rule, and never a value', async () => {
    const body = {
      displayName: '',
      directoryId: 'not-a-guid',
      cloud: 'Mars!',
      credential: { kind: 'secret', clientSecret: 5 },
      colour: 'magenta',
    };
    const answer = await gateway.call('POST', 'tenants', { body });
    expect(answer.status).toBe(400);
    expect(answer.body.error.problems).toEqual(
      expect.arrayContaining([
        { field: 'displayName', rule: 'has to have at least 1 character' },
        { field: 'directoryId', rule: 'has to be a GUID, as the portal of Microsoft shows it' },
        { field: 'clientId', rule: 'has to be given' },
        { field: 'cloud', rule: 'has to be the name of a cloud: global, us-gov-l4, us-gov-l5 or china' },
        { field: 'credential.clientSecret', rule: 'has to be a string' },
        { field: 'colour', rule: 'is not a field of this request; remove it' },
      ]),
    );
    expect(answer.body.error.problems).toHaveLength(6);
    expect(answer.body.error.message).not.toMatch(/Mars|not-a-guid|magenta/);
    expect(answer.body.error.requestId).toBe(answer.headers.get('x-request-id'));
    expect(gateway.fakes.seen).toEqual([]);
  });

  it.each([
    ['displayName', 'POST', `${ours}/backup-sets`, '{"displayName":"a\\ud800b"}'],
    ['targetFolder', 'POST', `${ours}/restore-plans`, '{"targetFolder":"a/../b"}'],
    ['targetFolder', 'POST', `${ours}/restore-plans`, '{"targetFolder":"a//b"}'],
    ['targetFolder', 'POST', `${ours}/restore-plans`, '{"targetFolder":"a\\u0000"}'],
    ['toMs', 'POST', `${ours}/search`, `{"from":{"vaultId":"${VAULT}"},"fromMs":2000,"toMs":1000}`],
    ['maxBytes', 'POST', `${ours}/search`, `{"from":{"vaultId":"${VAULT}"},"minBytes":2,"maxBytes":1}`],
    ['source', 'POST', `${ours}/backup-sets`, 'null'],
  ])('is told of %s (%s %s %s)', async (field, _, path, body) => {
    const { status, text } = await raw(path, { 'content-type': 'application/json' }, body);
    expect([status, text]).toEqual([400, expect.stringContaining(`"field":"${field}"`)]);
  });

  it('may bear an empty object where none is needed', async () => {
    const { status } = await gateway.call('POST', `${ours}/jobs/${JOB}/stop`, { body: {} });
    expect(status).toBe(200);
  });

  it('is told which id leads nowhere', async () => {
    const { getJob } = gateway.fakes.answers.JobService;
    gateway.fakes.answers.JobService['getJob'] = () => {
      throw new AppError('NOT_FOUND', 'There is no job.', { context: { jobId: JOB } });
    };
    const { status, body } = await gateway.call('GET', `${ours}/jobs/${JOB}`);
    gateway.fakes.answers.JobService['getJob'] = getJob!;
    expect(status).toBe(404);
    expect(body.error.problems).toEqual([{ field: 'jobId', rule: 'has to name one that there is in this tenant' }]);
  });

  it('is told of its path and its query together', async () => {
    const { body } = await gateway.call('GET', `${ours}/jobs/NOPE/tasks?pageSize=0&page=2`);
    expect(body.error.problems).toEqual([
      { field: 'jobId', rule: 'has to be a UUID in lower case' },
      { field: 'pageSize', rule: 'has to be at least 1' },
      { field: 'page', rule: 'is not a field of this request; remove it' },
    ]);
    const needless = await gateway.call('POST', `${ours}/jobs/${JOB}/stop?now=1`, { body: { please: true } });
    expect(needless.body.error.problems.map(({ field }) => field)).toEqual(['now', 'body']);
  });

  it('is refused when it is not JSON, not said to be JSON, or too large', async () => {
    const path = `${ours}/backup-sets/${SET}/jobs`;
    const json = { 'content-type': 'application/json' };
    expect(await raw(path, json, '{"fullCheck":')).toMatchObject({ status: 400 });
    expect(await raw(path, json, '"text"')).toMatchObject({ status: 400 });
    expect(await raw(path, { 'content-type': 'text/plain' }, '{}')).toMatchObject({ status: 400 });
    expect(await raw(path, json, JSON.stringify({ a: 'x'.repeat(70_000) }))).toMatchObject({ status: 413 });
    expect(await raw(path, { ...json, 'content-encoding': 'rot13' }, '{}')).toMatchObject({ status: 415 });
  });

  it('is told when there is no such route or method', async () => {
    for (const [method, path] of [
      ['GET', 'nothing'],
      ['PUT', 'tenants'],
      ['GET', `${ours}/%zz`],
    ] as const)
      expect([400, 404]).toContain((await gateway.call(method, path)).status);
  });
});

describe('a failure behind the gateway', () => {
  const failWith = (error: Error) => {
    gateway.fakes.answers.TenantService['getTenant'] = () => {
      throw error;
    };
    return gateway.call('GET', ours);
  };

  it('comes through with its code, its message and the time to wait', async () => {
    const { status, body, headers } = await failWith(
      new AppError('GRAPH_THROTTLED', 'Microsoft asked to wait.', { retryAfterMs: 1_500 }),
    );
    expect([status, headers.get('retry-after')]).toEqual([503, '2']);
    expect(body.error).toMatchObject({ code: 'GRAPH_THROTTLED', message: 'Microsoft asked to wait.' });
    const context = { field: 'clientId', rule: 'a GUID' };
    const invalid = await failWith(new AppError('INVALID_ARGUMENT', 'clientId has to be a GUID.', { context }));
    expect(invalid.body.error.problems).toEqual([context]);
  });

  it('stays in the log when nobody expected it, and when a service does not let the gateway in', async () => {
    const bug = await failWith(new Error('the password is hunter2'));
    expect([bug.status, bug.body.error.code]).toEqual([500, 'INTERNAL']);
    expect(JSON.stringify(bug.body)).not.toContain('hunter2');
    const shut = await failWith(
      new AppError('PERMISSION_DENIED', 'The service gateway may not call this method.', { context: { method: 'x' } }),
    );
    expect([shut.status, shut.body.error.code]).toEqual([500, 'INTERNAL']);
  });
});

describe('any body, query and path', () => {
  const known: Record<string, string> = {
    tenantId: OURS,
    destinationId: DESTINATION,
    vaultId: VAULT,
    backupSetId: SET,
    jobId: JOB,
    planId: PLAN,
    deletionId: DELETION,
    holdId: HOLD,
    exportId: PLAN,
    resourceId: MAIL,
    snapshotId: SNAPSHOT,
    itemId: 'AAMk=',
    keyId: '0'.repeat(16),
  };
  const routes = routesOf(apiControllers).filter(({ streams }) => streams === undefined);
  const fields = [
    ...new Set(routes.flatMap(({ body }) => Object.keys((body as { shape?: object } | undefined)?.shape ?? {}))),
  ];
  const odd = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(...Object.values(known), 'secret', 'default', 's3', 'folder', -1, 1e308, '\0', '__proto__'),
  );
  const whole = fc.constantFrom<Record<string, fc.JsonValue>>(
    { displayName: 'A', source: { workloads: ['mail'], accountIds: ['u'] }, vault: { destinationIds: [DESTINATION] } },
    { version: 1, displayName: 'A', source: { workloads: ['mail'], allAccounts: true }, timeZone: 'UTC' },
    { from: { jobId: JOB }, sources: [{ resourceId: MAIL, itemIds: ['x'] }], policy: 'skip' },
    { from: { backupSetId: SET }, sources: [{ resourceId: MAIL, snapshotId: SNAPSHOT }], format: 'mbox' },
    {
      from: { vaultId: VAULT, asOfMs: 5 },
      pattern: 'a',
      fields: ['sender'],
      kinds: ['file'],
      minBytes: 3,
      pageSize: 5,
    },
    { displayName: 'A', settings: { kind: 's3', host: 'h', bucket: 'bucket' }, credentials: { kind: 'folder' } },
    { displayName: 'A', role: 'customer-admin', expiresInDays: 5 },
    { of: { kind: 'account', accountId: 'u' }, reason: 'A' },
    { on: { kind: 'account', accountId: 'u' }, reason: 'A' },
  );
  /** A good body with one field, at the top or below, put wrong. */
  const bent = fc.tuple(whole, fc.nat(), fc.nat(), odd).map(([good, which, below, value]) => {
    const copy = structuredClone(good);
    const [name = ''] = Object.keys(copy).slice(which % Object.keys(copy).length);
    const inner = copy[name];
    const names = typeof inner === 'object' && inner !== null ? Object.keys(inner) : [];
    if (names.length > 0 && below % 2 === 0)
      Object.assign(inner as object, { [names[below % names.length] ?? '']: value });
    else copy[name] = value;
    return copy;
  });
  const body = fc.oneof(
    whole,
    bent,
    fc.jsonValue(),
    fc.dictionary(
      fc.constantFrom(...fields, 'kind', 'settings', '__proto__'),
      fc.oneof(odd, fc.dictionary(fc.string(), odd)),
    ),
  );

  it('never gets an answer of 5xx', async () => {
    const request = fc.record({
      route: fc.constantFrom(...routes),
      body: fc.option(body, { nil: undefined }),
      query: fc.oneof(
        fc.constant(''),
        fc
          .dictionary(fc.constantFrom('pageSize', 'pageToken', 'folderId', 'asOfMs', 'jobId', 'x'), fc.string())
          .map((query) => `?${new URLSearchParams(query).toString()}`),
      ),
      oddParam: fc.option(fc.string({ minLength: 1 }), { nil: undefined, freq: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(request, async ({ route, body: sent, query, oddParam }) => {
        const path = route.path.replaceAll(/:(\w+)/g, (_, name: string) =>
          encodeURIComponent(name === 'tenantId' ? OURS : (oddParam ?? known[name] ?? '')),
        );
        const hasBody = route.method !== 'GET';
        const { status, body: answer } = await gateway.call(
          route.method,
          `${path}${query}`,
          hasBody ? { body: sent } : {},
        );
        expect(status).toBeLessThan(500);
        if (status === 400) expect(answer.error.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 400 },
    );
  }, 60_000);
});

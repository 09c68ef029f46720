import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { startSimulator, type RunningSimulator, type TenantInfo } from './index.js';
import { GraphCaller } from './testing/graph-caller.js';

// Machines are slow when much else runs on them.
jest.setTimeout(30_000);

const DAY_MS = 86_400_000;
let simulator: RunningSimulator;
let tenant: TenantInfo;
let graph: GraphCaller;
let userIds: string[];

interface UserList {
  value: { id: string; userPrincipalName: string; '@removed'?: { reason: string } }[];
  '@odata.nextLink'?: string;
  '@odata.deltaLink'?: string;
}

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7, users: 25, messages: 2, files: 2 });
  tenant = simulator.tenants[0]!;
  graph = new GraphCaller(simulator, tenant);
  const { value } = (await graph.call('/users?$select=id&$top=999')).body as UserList;
  userIds = value.map(({ id }) => id);
});
beforeEach(async () => {
  await simulator.call('DELETE', '/faults');
  await simulator.call('PUT', '/throttle', { isOn: false });
});
afterAll(async () => {
  await graph.close();
  await simulator.close();
});

describe('tokens', () => {
  it.each([
    ['none', null],
    ['nonsense', 'abc'],
  ])('%s is 401 InvalidAuthenticationToken', async (_, token) => {
    expect(await graph.call('/users', { token })).toMatchObject({
      status: 401,
      body: { error: { code: 'InvalidAuthenticationToken' } },
    });
  });

  it('expire by the simulated clock', async () => {
    await graph.signIn();
    await simulator.call('POST', '/clock', { advanceMs: 3_600_000 });
    expect((await graph.call('/organization')).status).toBe(401);
    await graph.signIn();
    expect((await graph.call('/organization')).status).toBe(200);
  });

  it('are refused once revoked', async () => {
    await graph.signIn();
    await simulator.call('POST', `/tenants/${tenant.tenantId}/revoke`, { tokens: true });
    expect((await graph.call('/organization')).status).toBe(401);
    await graph.signIn();
  });

  it('without the role are 403 in the words of the service', async () => {
    const path = `/tenants/${tenant.tenantId}/apps`;
    const weak = (await simulator.call('POST', path, { roles: ['Organization.Read.All'] })) as TenantInfo;
    const strong = await graph.signIn();
    const token = await graph.signIn(weak.clientId, weak.clientSecret);
    expect(await graph.call('/users', { token })).toMatchObject({
      status: 403,
      body: { error: { code: 'Authorization_RequestDenied' } },
    });
    expect(await graph.call(`/users/${userIds[0]}/mailboxSettings`, { token })).toMatchObject({
      status: 403,
      body: { error: { code: 'ErrorAccessDenied' } },
    });
    expect((await graph.call('/organization', { token })).status).toBe(200);
    expect((await graph.call('/users', { token: strong })).status).toBe(200);
    await graph.signIn();
  });
});

describe('directory', () => {
  it('pages users and refuses what it does not know', async () => {
    const first = (await graph.call('/users?$top=20&$select=id')).body as UserList;
    const second = (await graph.call(first['@odata.nextLink']!)).body as UserList;
    expect([...first.value, ...second.value].map(({ id }) => id)).toEqual(userIds);
    for (const query of ['$skip=3', '$select=shoeSize', "$filter=endswith(mail,'x')", '$top=1000', '$expand=manager'])
      expect((await graph.call(`/users?${query}`)).status).toBe(400);
  });

  it('has people without mailbox and without drive, and resources', async () => {
    const { users } = (await simulator.call('GET', `/tenants/${tenant.tenantId}`)) as {
      users: { id: string; purpose: string; hasMailbox: boolean; hasDrive: boolean }[];
    };
    expect(new Set(users.map(({ purpose }) => purpose))).toEqual(new Set(['user', 'shared', 'room', 'equipment']));
    const bare = users.find(({ hasMailbox }) => !hasMailbox)!;
    expect(await graph.call(`/users/${bare.id}/mailboxSettings/userPurpose`)).toMatchObject({
      status: 404,
      body: { error: { code: 'MailboxNotEnabledForRESTAPI' } },
    });
    const room = users.find(({ purpose }) => purpose === 'room')!;
    expect((await graph.call(`/users/${room.id}/mailboxSettings/userPurpose`)).body).toMatchObject({ value: 'room' });
    expect(await graph.call(`/users/${room.id}/drive`)).toMatchObject({
      status: 404,
      body: { error: { code: 'itemNotFound', message: "User's mysite not found." } },
    });
  });

  it('tells joiners and leavers by delta, and forgets old tokens', async () => {
    const whole = (await graph.call('/users/delta?$select=id,displayName')).body as UserList;
    const link = whole['@odata.deltaLink']!;
    expect(whole.value).toHaveLength(25);
    const joined = (await simulator.call('POST', `/tenants/${tenant.tenantId}/users`)) as { id: string };
    expect(((await graph.call(link)).body as UserList).value.map(({ id }) => id)).toEqual([joined.id]);
    await simulator.call('DELETE', `/tenants/${tenant.tenantId}/users/${joined.id}`);
    expect(((await graph.call(link)).body as UserList).value).toEqual([
      { id: joined.id, '@removed': { reason: 'changed' } },
    ]);
    await simulator.call('POST', '/clock', { advanceMs: 8 * DAY_MS });
    await graph.signIn();
    const stale = await graph.call(link);
    expect(stale.status).toBe(410);
    expect(stale.headers['location']).toMatch(/users\/delta\?\$deltatoken=$/);
  });
});

describe('throttling', () => {
  it('refuses the call over the mailbox limit and counts it', async () => {
    await simulator.call('POST', '/throttle/clear');
    await simulator.call('PUT', '/throttle', {
      isOn: true,
      limitFactor: 0.0005,
      algorithm: 'fixed-window',
      hasRetryAfter: true,
    });
    const path = `/users/${userIds[0]}/mailboxSettings`;
    const statuses = [];
    for (let call = 0; call < 6; call += 1) statuses.push((await graph.call(path)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    const refused = await graph.call(path);
    expect(refused.body).toMatchObject({ error: { code: 'ApplicationThrottled' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(500);
    expect((await graph.call(`/users/${userIds[1]}/mailboxSettings`)).status).toBe(200);
    await simulator.call('POST', '/clock', { advanceMs: 600_000 });
    expect((await graph.call(path)).status).toBe(200);
  });

  it('takes four requests of a mailbox at once and refuses the fifth', async () => {
    await simulator.call('POST', '/throttle/clear');
    await simulator.call('PUT', '/throttle', { isOn: true, hasRetryAfter: true });
    await simulator.call('PATCH', `/tenants/${tenant.tenantId}/switches`, { 'throttle.concurrency-wait-seconds': 5 });
    const { value } = (await graph.call(`/users/${userIds[0]}/mailFolders/inbox/messages?$select=id`)).body as UserList;
    await simulator.call('POST', '/faults', { fault: 'slow', ms: 300 });
    const path = `/users/${userIds[0]}/messages/${value[0]!.id}`;
    const replies = await Promise.all(Array.from({ length: 6 }, () => graph.call(path)));
    const refused = replies.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(2);
    expect(refused[0]?.body).toMatchObject({ error: { message: 'Application is over its MailboxConcurrency limit.' } });
    expect(refused[0]?.headers['retry-after']).toBe('5');
  });

  it('names the rest of the SharePoint minute from 80 % on', async () => {
    await simulator.call('POST', '/throttle/clear');
    await simulator.call('PUT', '/throttle', {
      isOn: true,
      limitFactor: 0.008,
      algorithm: 'fixed-window',
      hasRetryAfter: true,
      licences: 10,
    });
    const path = `/users/${userIds[0]}/drive`;
    const replies = [];
    for (let call = 0; call < 11; call += 1) replies.push(await graph.call(path));
    expect(replies[6]?.headers['ratelimit-limit']).toBeUndefined();
    expect(replies[8]?.headers).toMatchObject({ 'ratelimit-limit': '10', 'ratelimit-remaining': '1' });
    expect(replies[10]).toMatchObject({ status: 429, body: { error: { code: 'activityLimitReached' } } });
    expect(replies[10]?.headers['retry-after']).toBeDefined();
  });
});

describe('$batch', () => {
  const request = (id: string, url: string, more: object = {}): object => ({ id, method: 'GET', url, ...more });
  const batch = (requests: object[]): Promise<{ status: number; body: unknown }> =>
    graph.call('/$batch', { method: 'POST', json: { requests } });

  it('answers each member by itself', async () => {
    const reply = await batch([
      request('1', '/organization'),
      request('2', '/users/nobody'),
      request('3', '/organization', { dependsOn: ['2'] }),
    ]);
    const { responses } = reply.body as { responses: { id: string; status: number }[] };
    const statusOf = Object.fromEntries(responses.map(({ id, status }) => [id, status]));
    expect(statusOf).toEqual({ 1: 200, 2: 404, 3: 424 });
  });

  it('refuses more than twenty, repeated ids and other shapes of dependency', async () => {
    const many = Array.from({ length: 21 }, (_, id) => request(String(id), '/organization'));
    const tangled = [
      request('1', '/a'),
      request('2', '/a'),
      request('3', '/a', { dependsOn: ['1'] }),
      request('4', '/a', { dependsOn: ['2'] }),
    ];
    for (const requests of [many, [request('1', '/a'), request('1', '/b')], tangled])
      expect((await batch(requests)).status).toBe(400);
  });

  it('is 200 while members are throttled, each counted by itself', async () => {
    await simulator.call('POST', '/throttle/clear');
    await simulator.call('PUT', '/throttle', {
      isOn: true,
      limitFactor: 0.0005,
      algorithm: 'fixed-window',
      hasRetryAfter: true,
    });
    const requests = Array.from({ length: 8 }, (_, id) => request(String(id), `/users/${userIds[2]}/mailboxSettings`));
    const reply = await batch(requests);
    const { responses } = reply.body as { responses: { status: number; headers: Record<string, string> }[] };
    expect(reply.status).toBe(200);
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(
      responses.filter(({ status, headers }) => status === 429 && headers['Retry-After'] !== undefined),
    ).toHaveLength(3);
  });
});

describe('the fault script', () => {
  it('strikes where and as often as it says', async () => {
    await simulator.call('POST', '/faults', {
      fault: '503',
      match: { path: '^/organization' },
      times: 2,
      after: 1,
      retryAfterSeconds: 7,
    });
    const replies = [];
    for (let call = 0; call < 4; call += 1) replies.push(await graph.call('/organization'));
    expect(replies.map(({ status }) => status)).toEqual([200, 503, 503, 200]);
    expect(replies[1]?.headers['retry-after']).toBe('7');
    expect((await graph.call('/users')).status).toBe(200);
  });

  it('breaks connections before and in the middle of an answer', async () => {
    await simulator.call('POST', '/faults', [
      { fault: 'reset', times: 1 },
      { fault: 'reset', bytes: 20, times: 1 },
    ]);
    await expect(graph.call('/organization')).rejects.toThrow();
    await expect(graph.call('/organization')).rejects.toThrow();
    expect((await graph.call('/organization')).status).toBe(200);
  });

  it('acts out the other troubles', async () => {
    await simulator.call(
      'POST',
      '/faults',
      ['429-no-retry-after', '500-empty-body', 'token-expired', 'malformed-json', '200-empty-body'].map((fault) => ({
        fault,
        times: 1,
      })),
    );
    const throttled = await graph.call('/organization');
    expect(throttled.status).toBe(429);
    expect(throttled.headers['retry-after']).toBeUndefined();
    expect(await graph.call('/organization')).toMatchObject({ status: 500, body: '' });
    expect((await graph.call('/organization')).status).toBe(401);
    expect(typeof (await graph.call('/organization')).body).toBe('string');
    expect(await graph.call('/organization')).toMatchObject({ status: 200, body: '' });
  });

  it('throttles sign-in in its own words', async () => {
    await simulator.call('POST', '/faults', {
      fault: '429',
      match: { path: '/oauth2/' },
      times: 1,
      retryAfterSeconds: 9,
    });
    const url = `${simulator.login}/${tenant.tenantId}/oauth2/v2.0/token`;
    const refused = await graph.call(url, { method: 'POST', token: null });
    expect(refused).toMatchObject({ status: 429, body: { error: 'temporarily_unavailable', error_codes: [90055] } });
    expect(refused.headers['retry-after']).toBe('9');
  });

  it('draws the same from the same seed', async () => {
    const round = async (): Promise<number[]> => {
      await simulator.call('DELETE', '/faults');
      await simulator.call('POST', '/faults', { fault: '504', probability: 0.5, seed: 3 });
      const statuses = [];
      for (let call = 0; call < 12; call += 1) statuses.push((await graph.call('/organization')).status);
      return statuses;
    };
    expect(await round()).toEqual(await round());
  });

  it('refuses a rule that it does not understand, naming the field', async () => {
    const reply = await graph.control('POST', '/faults', { fault: 'meteor', times: -1 });
    expect(reply.status).toBe(400);
    expect(JSON.stringify(reply.body)).toMatch(/fault.*times/);
  });
});

describe('the request log', () => {
  it('has each request with its cost, and sums that a reset clears', async () => {
    await graph.control('DELETE', '/log');
    await graph.call('/users?$select=id');
    await graph.call('/nowhere');
    const { entries } = (await graph.control('GET', '/log')).body as { entries: object[] };
    expect(entries).toMatchObject([
      {
        number: 0,
        method: 'GET',
        path: '/users',
        route: '/users',
        tenantId: tenant.tenantId,
        status: 200,
        bucket: 'identity',
        cost: 1,
      },
      { number: 1, path: '/nowhere', route: '', status: 400 },
    ]);
    const { totals } = (await graph.control('GET', '/log/totals')).body as { totals: object[] };
    expect(totals).toContainEqual(expect.objectContaining({ route: '/users', requests: 1, cost: 1, throttled: 0 }));
  });
});

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SystemClock } from '@holdfast/kernel';
import { type RunningSimulator, startSimulator, type TenantInfo } from '@holdfast/simulator';
import { z } from 'zod';
import {
  acquireAppToken,
  type AppCredential,
  AppTokenSource,
  type CloudSettings,
  customCloud,
  deltaRound,
  entries,
  getUserDrive,
  GraphClient,
  isGraphCode,
  listUsers,
  listUsersPage,
  LocalBudget,
  readBatch,
  readUsage,
  RETRY_LIMITS,
  testConnection,
  Transport,
} from './index.js';

let simulator: RunningSimulator;
let tenant: TenantInfo;
let cloud: CloudSettings;
let transport: Transport;
let client: GraphClient;
const clock = new SystemClock();
const identity = { bucket: 'identity', cost: 1 } as const;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 3, users: 25, messages: 5, files: 5 });
  tenant = simulator.tenants[0]!;
  const caPem = readFileSync(simulator.ca, 'utf8');
  cloud = customCloud({ name: 'simulator', loginBaseUrl: simulator.login, graphBaseUrl: simulator.graph, caPem });
  transport = new Transport({ caPem });
});
afterAll(async () => {
  await transport.close();
  await simulator.close();
});
beforeEach(() => {
  client = connect({ kind: 'secret', secret: tenant.clientSecret });
});
afterEach(() => simulator.call('DELETE', '/faults'));

const signIn = (credential: AppCredential) =>
  acquireAppToken({ cloud, transport, clock }, { directoryId: tenant.tenantId, clientId: tenant.clientId }, credential);

function connect(credential: AppCredential, tokens = new AppTokenSource(() => signIn(credential), clock)): GraphClient {
  return new GraphClient({
    cloud,
    transport,
    clock,
    tokens,
    budget: new LocalBudget({ clock, size: { licences: 100, users: 25 } }),
    random: randomBytes,
    retry: { ...RETRY_LIMITS, firstWaitMs: 5 },
  });
}

/** Troubles of Graph, not of the sign-in. */
const fault = (rule: object) => simulator.call('POST', '/faults', { match: { path: '^/organization' }, ...rule });
const organization = () => client.json({ path: '/organization', demand: identity });

describe('acquireAppToken', () => {
  it('signs in with a secret and with a certificate, and reads the granted permissions', async () => {
    const { privateKey, certificate } = tenant.certificate;
    const bySecret = await signIn({ kind: 'secret', secret: tenant.clientSecret });
    const byCertificate = await signIn({ kind: 'certificate', privateKeyPem: privateKey, certificatePem: certificate });
    for (const { roles, expiresAt, token } of [bySecret, byCertificate]) {
      expect(roles).toContain('Mail.ReadWrite');
      expect(expiresAt).toBeGreaterThan(0);
      expect(token).not.toBe('');
    }
  });

  it('tells an administrator what to do about a refusal', async () => {
    await expect(signIn({ kind: 'secret', secret: 'wrong' })).rejects.toMatchObject({
      code: 'SIGN_IN_FAILED',
      message: expect.stringContaining('AADSTS7000215') as unknown,
    });
    const nobody = { directoryId: tenant.tenantId, clientId: '11111111-2222-4333-8444-555555555555' };
    await expect(
      acquireAppToken({ cloud, transport, clock }, nobody, { kind: 'secret', secret: 'x' }),
    ).rejects.toMatchObject({
      code: 'SIGN_IN_FAILED',
      details: { context: { aadsts: 700016 } },
    });
  });

  it('outlasts five troubles in a row', async () => {
    const match = { path: '/oauth2/' };
    for (const [fault, times] of [
      ['503', 2],
      ['reset', 2],
      ['malformed-json', 1],
    ] as const)
      await simulator.call('POST', '/faults', { match, fault, times });
    const { token } = await signIn({ kind: 'secret', secret: tenant.clientSecret });
    expect(token).not.toBe('');
  }, 30_000);

  it('does not take an unreachable host for a refusal', async () => {
    const nowhere = { ...cloud, loginBaseUrl: 'https://127.0.0.1:9' };
    const call = acquireAppToken({ cloud: nowhere, transport, clock }, registered(), { kind: 'secret', secret: 'x' });
    await expect(call).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
  });
});

const registered = () => ({ directoryId: tenant.tenantId, clientId: tenant.clientId });

describe('GraphClient', () => {
  it('does not talk to a server whose certificate it cannot trust', async () => {
    const strict = new Transport();
    const place = { cloud, transport: strict, clock };
    await expect(acquireAppToken(place, registered(), { kind: 'secret', secret: 'x' })).rejects.toMatchObject({
      code: 'GRAPH_UNAVAILABLE',
      message: expect.stringContaining('certificate is not trusted') as unknown,
    });
    await strict.close();
  });

  it('follows pages to the end', async () => {
    const request = { path: '/users?$select=id&$top=10', demand: identity };
    expect((await Array.fromAsync(entries(client, request))).length).toBe(25);
    expect(client.counters.totals()).toMatchObject({ requests: 3, byBucket: { identity: 3 } });
  });

  it('finds users by how their name or address starts', async () => {
    const [user] = await Array.fromAsync(listUsers(client));
    for (const startsWith of [user!.userPrincipalName, user!.displayName, user!.displayName.slice(0, 4)]) {
      const page = await listUsersPage(client, { size: 100, token: '', startsWith });
      expect(page.accounts.map(({ id }) => id)).toContain(user!.id);
      expect(page.accounts.length).toBeLessThan(25);
    }
    const none = await listUsersPage(client, { size: 5, token: '', startsWith: "O'Nobody & co + more" });
    expect(none).toEqual({ accounts: [], nextToken: '' });
  });

  it('goes on with a list of users from its own tokens only', async () => {
    const page = (token: string) => listUsersPage(client, { size: 10, token, startsWith: '' });
    const { nextToken } = await page('');
    expect((await page(nextToken)).accounts).toHaveLength(10);
    const lies = [
      'zzz',
      '/v1.0/users/x/messages?$top=1',
      '/v1.0/users',
      'https://elsewhere.test/v1.0/users?a',
      '//x/users?',
    ];
    for (const lie of lies)
      await expect(page(Buffer.from(lie).toString('base64url'))).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('goes on from the link of the last round', async () => {
    const round = async (path: string) => {
      const pages = await Array.fromAsync(deltaRound(client, { path, demand: identity }));
      return { items: pages.flatMap((page) => page.items), link: pages.at(-1)?.deltaLink ?? '' };
    };
    const first = await round('/users/delta?$select=id');
    expect(first.items).toHaveLength(25);
    expect((await round(first.link)).items).toHaveLength(0);
  });

  it.each([
    [{ fault: '429', retryAfterSeconds: 0 }, 'throttled'],
    [{ fault: '429-no-retry-after' }, 'throttled'],
    [{ fault: '503', retryAfterSeconds: 0 }, 'repeated'],
    [{ fault: '504', retryAfterSeconds: 0 }, 'repeated'],
    [{ fault: '500-empty-body' }, 'repeated'],
    [{ fault: 'reset' }, 'repeated'],
    [{ fault: 'reset', bytes: 40 }, 'repeated'],
    [{ fault: 'malformed-json' }, 'repeated'],
  ] as const)('gets over %j twice', async (rule, counter) => {
    await fault({ ...rule, times: 2 });
    await expect(organization()).resolves.toHaveProperty('value');
    expect(client.counters.totals()[counter]).toBe(2);
  });

  it('counts each kind of failure by itself', async () => {
    await fault({ fault: 'reset', times: 2 });
    await fault({ fault: 'malformed-json', times: 2 });
    await fault({ fault: '429', retryAfterSeconds: 0, times: RETRY_LIMITS.tries });
    await expect(organization()).resolves.toHaveProperty('value');
    expect(client.counters.totals().requests).toBe(5 + RETRY_LIMITS.tries);
  });

  it('asks for another token once when its own is refused', async () => {
    await organization();
    await fault({ fault: 'token-expired', times: 1 });
    await expect(organization()).resolves.toHaveProperty('value');
  });

  it('asks for another token when it is first denied something, since consent may have been given since', async () => {
    const credential = { kind: 'secret', secret: tenant.clientSecret } as const;
    const app = `/tenants/${tenant.tenantId}/apps/${tenant.clientId}`;
    const { roles } = z.object({ roles: z.array(z.string()) }).parse(await simulator.call('PATCH', app, {}));
    await simulator.call('PATCH', app, { roles: [] });
    const tokens = new AppTokenSource(() => signIn(credential), clock);
    await tokens.getToken();
    const denied = connect(credential);
    const read = (by: GraphClient) => by.json({ path: '/users?$top=1', demand: identity });
    for (const requests of [2, 3]) {
      await expect(read(denied)).rejects.toMatchObject({ code: 'GRAPH_DENIED' });
      expect(denied.counters.requests).toBe(requests);
    }
    await simulator.call('PATCH', app, { roles });
    await expect(read(connect(credential, tokens))).resolves.toHaveProperty('value');
  });

  it('gives up with a named error when the service stays down', async () => {
    await fault({ fault: 'reset' });
    await expect(organization()).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    expect(client.counters.totals().requests).toBe(RETRY_LIMITS.tries);
  });

  it('stops waiting when it is told to', async () => {
    await fault({ fault: '429', retryAfterSeconds: 3_600 });
    const stop = new AbortController();
    const call = client.json({ path: '/organization', demand: identity }, stop.signal);
    setTimeout(() => stop.abort(new Error('stopped')), 50);
    await expect(call).rejects.toThrow('stopped');
  });

  it('does not repeat a POST that may have been done', async () => {
    await fault({ fault: 'reset', bytes: 1, match: { path: 'batch' } });
    const post = client.json({ method: 'POST', path: '/$batch', demand: identity, json: { requests: [] } });
    await expect(post).rejects.toMatchObject({ code: 'GRAPH_UNAVAILABLE' });
    expect(client.counters.totals().requests).toBe(1);
  });

  it('names what is not there', async () => {
    const missing = client.json({ path: '/users/00000000-0000-4000-8000-000000000000', demand: identity });
    await expect(missing).rejects.toMatchObject({ code: 'GRAPH_NOT_FOUND', status: 404 });
    expect(isGraphCode(await missing.catch((error: unknown) => error), 'request_resourcenotfound')).toBe(true);
  });

  it('reads twenty things by one POST and repeats only the members that failed', async () => {
    const users = await Array.fromAsync(listUsers(client));
    const members = users.slice(0, 19).map(({ id }) => ({ path: `/users/${id}?$select=id` }));
    members.push({ path: '/users/nobody@nowhere.example' });
    await fault({ fault: '429', retryAfterSeconds: 0, times: 3, match: { path: '/users/[^/]+$' } });
    const results = await readBatch(client, { members, demand: { bucket: 'identity', cost: 20 } });
    expect(results.slice(0, 19).map((result) => 'value' in result && result.value)).toEqual(
      users.slice(0, 19).map(({ id }) => expect.objectContaining({ id })),
    );
    expect(results[19]).toMatchObject({ failure: { code: 'GRAPH_NOT_FOUND' } });
  });

  it('asks once more when the token ends between two members of a batch', async () => {
    const users = await Array.fromAsync(listUsers(client));
    const members = users.slice(0, 5).map(({ id }) => ({ path: `/users/${id}?$select=id` }));
    await fault({ fault: 'token-expired', times: 1, after: 2, match: { path: '/users/[^/]+$' } });
    const results = await readBatch(client, { members, demand: { bucket: 'identity', cost: 5 } });
    expect(results.filter((result) => 'failure' in result)).toEqual([]);
  });

  it('asks once more, too, when the token ends in a batch of members that had failed', async () => {
    const users = await Array.fromAsync(listUsers(client));
    const members = users.slice(0, 5).map(({ id }) => ({ path: `/users/${id}?$select=id` }));
    const match = { path: '/users/[^/]+$' };
    await fault({ fault: '503', retryAfterSeconds: 0, times: 2, match });
    await fault({ fault: 'token-expired', times: 1, after: 3, match });
    const results = await readBatch(client, { members, demand: { bucket: 'identity', cost: 5 } });
    expect(results.filter((result) => 'failure' in result)).toEqual([]);
  });
});

describe('testConnection', () => {
  it('finds nothing missing with all permissions', async () => {
    const { roles } = await signIn({ kind: 'secret', secret: tenant.clientSecret });
    const report = await testConnection(client, roles);
    expect(report.permissions.filter((finding) => !finding.isGranted)).toEqual([]);
    expect(report.organization?.directoryId).toBe(tenant.tenantId);
    expect(report.licences.length).toBeGreaterThan(0);
    expect(report.probes.map(({ problem }) => problem)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  /** A client of an app that may read users and nothing else. */
  async function poorClient(): Promise<{ readonly poor: GraphClient; readonly roles: readonly string[] }> {
    const app = (await simulator.call('POST', `/tenants/${tenant.tenantId}/apps`, {
      roles: ['User.Read.All'],
    })) as TenantInfo;
    const credential = { kind: 'secret', secret: app.clientSecret } as const;
    const clientId = app.clientId;
    const acquire = () =>
      acquireAppToken({ cloud, transport, clock }, { directoryId: tenant.tenantId, clientId }, credential);
    const tokens = new AppTokenSource(acquire, clock);
    const budget = new LocalBudget({ clock, size: { licences: 0, users: 0 } });
    const poor = new GraphClient({ cloud, transport, clock, tokens, budget, random: randomBytes });
    return { poor, roles: (await acquire()).roles };
  }

  it('names each missing permission and what it keeps from working', async () => {
    const { poor, roles } = await poorClient();
    const report = await testConnection(poor, roles);
    expect(report.permissions.flatMap(({ missing }) => missing ?? [])).toEqual([
      'Organization.Read.All',
      'LicenseAssignment.Read.All',
      'Mail.Read',
      'MailboxSettings.Read',
      'Files.Read.All',
      'Mail.ReadWrite',
      'Files.ReadWrite.All',
    ]);
    const problems = report.probes.flatMap(({ what, problem }) => (problem === undefined ? [] : [what]));
    expect(problems).toEqual(['read the organisation', 'read licences', 'open a mailbox', 'open a OneDrive']);
  });

  it('reads usage reports, and names the permission that they need', async () => {
    await simulator.call('PATCH', `/tenants/${tenant.tenantId}/switches`, { 'reports.conceal-names': false });
    const users = await Array.fromAsync(listUsers(client));
    const mail = await Array.fromAsync(readUsage(client, 'mail'));
    const names = new Set(users.map(({ userPrincipalName }) => userPrincipalName.toLowerCase()));
    expect(mail.length).toBeGreaterThan(10);
    expect(mail.every(({ principalName, items, bytes }) => names.has(principalName) && items >= 5 && bytes > 0)).toBe(
      true,
    );
    expect((await Array.fromAsync(readUsage(client, 'drive'))).length).toBeLessThan(mail.length);
    const { poor } = await poorClient();
    await expect(Array.fromAsync(readUsage(poor, 'mail'))).rejects.toThrow('Reports.Read.All');
  });

  it('tells a user without a OneDrive from a refusal', async () => {
    const users = await Array.fromAsync(listUsers(client));
    const drives = await Promise.all(users.map(({ id }) => getUserDrive(client, id)));
    expect(drives.some((drive) => drive !== undefined)).toBe(true);
  });
});

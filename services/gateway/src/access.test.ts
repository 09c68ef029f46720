import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OURS, THEIRS } from './fake-world.suite.js';
import { TestGateway } from './test-gateway.suite.js';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await TestGateway.start();
});
beforeEach(() => gateway.fakes.reset());
afterAll(() => gateway.close());

describe('API keys', () => {
  it('lets nobody in without a live key', async () => {
    const made = `hf_${'0'.repeat(16)}_${'a'.repeat(43)}`;
    for (const key of [null, '', 'wrong', made, 'bootstrap-key-of-the-test']) {
      const { status, body, headers } = await gateway.call('GET', 'tenants', { key });
      expect(status).toBe(401);
      expect(body.error).toMatchObject({ code: 'UNAUTHENTICATED', problems: [] });
      expect(headers.get('www-authenticate')).toBe('Bearer');
    }
  });

  it('shows a key once, keeps its hash, and tells who it is', async () => {
    const made = await gateway.call('POST', `tenants/${OURS}/api-keys`, {
      body: { displayName: 'Ann', role: 'customer-admin', expiresInDays: 1 },
    });
    expect(made.status).toBe(201);
    const { token, apiKey } = made.body;
    const me = await gateway.call('GET', 'caller', { key: token });
    expect(me.body).toEqual({ keyId: apiKey.keyId, role: 'customer-admin', tenantIds: [OURS] });
    const list = await gateway.call('GET', `tenants/${OURS}/api-keys`);
    expect(list.body.rows[0]).toEqual({ ...apiKey, lastUsedAtMs: expect.any(Number) });
    expect(JSON.stringify(list.body)).not.toContain(token.slice(-40));
  });

  it('ends with its time, or when it is revoked', async () => {
    const brief = await gateway.makeKey(`tenants/${OURS}/api-keys`, 'customer-admin', { expiresInDays: 1 });
    const revoked = await gateway.makeKey(`tenants/${OURS}/api-keys`, 'customer-admin');
    expect((await gateway.call('GET', 'tenants', { key: brief })).status).toBe(200);
    gateway.clock.shift(86_400_000);
    expect((await gateway.call('GET', 'tenants', { key: brief })).status).toBe(401);
    const keyId = revoked.split('_')[1];
    expect((await gateway.call('DELETE', `tenants/${THEIRS}/api-keys/${keyId}`)).status).toBe(404);
    expect((await gateway.call('GET', 'tenants', { key: revoked })).status).toBe(200);
    expect((await gateway.call('DELETE', `tenants/${OURS}/api-keys/${keyId}`)).status).toBe(204);
    expect((await gateway.call('GET', 'tenants', { key: revoked })).status).toBe(401);
  });

  it('goes with its tenant', async () => {
    const key = await gateway.makeKey(`tenants/${THEIRS}/api-keys`, 'customer-admin');
    expect((await gateway.call('DELETE', `tenants/${THEIRS}`)).status).toBe(204);
    expect((await gateway.call('GET', 'tenants', { key })).status).toBe(401);
  });
});

describe('what a key reaches', () => {
  it('hides one tenant from the keys of another, on every path, as if it were not there', async () => {
    const key = await gateway.makeKey(`tenants/${OURS}/api-keys`, 'customer-admin');
    const paths = ['', '/accounts', '/destinations', '/backup-sets', '/jobs', '/api-keys', '/audit'];
    for (const path of paths) {
      const theirs = await gateway.call('GET', `tenants/${THEIRS}${path}`, { key });
      expect(theirs.status).toBe(404);
      expect(theirs.body.error.code).toBe('NOT_FOUND');
      expect((await gateway.call('GET', `tenants/${OURS}${path}`, { key })).status).toBe(200);
    }
    expect((await gateway.call('DELETE', `tenants/${THEIRS}`, { key })).status).toBe(404);
    expect(gateway.fakes.seen.filter(({ request }) => request['tenantId'] === THEIRS)).toEqual([]);
  });

  it('lists the tenants that the key reaches and no others', async () => {
    const key = await gateway.makeKey(`tenants/${OURS}/api-keys`, 'customer-restore-operator');
    const { body } = await gateway.call('GET', 'tenants', { key });
    expect(body.rows.map(({ tenantId }) => tenantId)).toEqual([OURS]);
    expect((await gateway.call('GET', 'tenants')).body.rows).toHaveLength(2);
  });

  it('refuses what the role may not do, naming the permission', async () => {
    const auditor = await gateway.makeKey('api-keys', 'provider-auditor');
    const restorer = await gateway.makeKey(`tenants/${OURS}/api-keys`, 'customer-restore-operator');
    const admin = await gateway.makeKey(`tenants/${OURS}/api-keys`, 'customer-admin');
    const refused = [
      ['POST', `tenants/${OURS}/backup-sets`, auditor, 'backup-sets:change'],
      ['POST', `tenants/${OURS}/search`, auditor, 'content:read'],
      ['POST', `tenants/${OURS}/backup-sets`, restorer, 'backup-sets:change'],
      ['DELETE', `tenants/${OURS}`, admin, 'tenant:delete'],
      ['POST', 'tenants', admin, 'provider:create-tenants'],
      ['GET', 'api-keys', admin, 'provider:read-api-keys'],
      ['GET', 'audit', admin, 'provider:read-audit'],
    ] as const;
    for (const [method, path, key, permission] of refused) {
      const { status, body } = await gateway.call(method, path, { key });
      expect([status, body.error.code]).toEqual([403, 'PERMISSION_DENIED']);
      expect(body.error.message).toContain(permission);
    }
  });

  it("keeps a provider's key for chosen tenants to them", async () => {
    const key = await gateway.makeKey('api-keys', 'provider-operator', { tenantIds: [OURS] });
    expect((await gateway.call('GET', `tenants/${OURS}`, { key })).status).toBe(200);
    expect((await gateway.call('GET', `tenants/${THEIRS}`, { key })).status).toBe(404);
    expect((await gateway.call('POST', 'api-keys', { key })).status).toBe(403);
  });

  it('lets customers name buckets, and only the provider a folder of its machines', async () => {
    const key = await gateway.makeKey(`tenants/${OURS}/api-keys`, 'customer-admin');
    const body = { displayName: 'Here', settings: { kind: 'folder', path: '/var/backup' } };
    expect((await gateway.call('POST', `tenants/${OURS}/destinations`, { key, body })).status).toBe(403);
    expect((await gateway.call('POST', `tenants/${OURS}/destinations`, { body })).status).toBe(201);
  });
});

describe('the rate of requests', () => {
  it('is limited for each key, with the time to wait', async () => {
    const slow = await TestGateway.start({ REQUESTS_PER_MINUTE: '10' });
    const answers = await Promise.all(Array.from({ length: 14 }, () => slow.call('GET', 'caller')));
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(10);
    const refused = answers.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get('retry-after'))).toBeLessThanOrEqual(6);
    expect(refused?.body.error.code).toBe('TOO_MANY_REQUESTS');
    slow.clock.shift(6_000);
    expect((await slow.call('GET', 'caller')).status).toBe(200);
    await slow.close();
  });
});

import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startSimulator, type DumpEntry, type RunningSimulator, type TenantInfo } from './index.js';
import { GraphCaller } from './testing/graph-caller.js';

// Machines are slow when much else runs on them.
jest.setTimeout(30_000);

const PLAN = { seed: 11, users: 3, messages: 12, files: 12 };
let first: RunningSimulator;
let second: RunningSimulator;

beforeAll(async () => {
  [first, second] = await Promise.all([startSimulator({ tenants: 0 }), startSimulator({ tenants: 0 })]);
});
afterAll(() => Promise.all([first.close(), second.close()]));

const create = async (simulator: RunningSimulator, plan: object = PLAN): Promise<TenantInfo> =>
  (await simulator.call('POST', '/tenants', plan)) as TenantInfo;
const dump = async (simulator: RunningSimulator, { tenantId }: TenantInfo): Promise<DumpEntry[]> =>
  (await simulator.call('GET', `/tenants/${tenantId}/dump`)) as DumpEntry[];
const steer = (simulator: RunningSimulator, { tenantId }: TenantInfo, what: string, body: object): Promise<unknown> =>
  simulator.call('POST', `/tenants/${tenantId}/${what}`, body);

describe('the model', () => {
  it('is the same for the same seed, and stays the same through the same life and attack', async () => {
    // Both clocks stand still at one instant, so that times are equal too.
    for (const simulator of [first, second])
      await simulator.call('POST', '/clock', { set: '2026-09-07T08:00:00Z', scale: 0 });
    const tenants = [await create(first), await create(second)] as const;
    const before = await dump(first, tenants[0]);
    expect(await dump(second, tenants[1])).toEqual(before);
    for (const [index, simulator] of [first, second].entries()) {
      const tenant = tenants[index]!;
      await steer(simulator, tenant, 'live', { days: 7, operations: 40, joiners: 1, leavers: 1, seed: 5 });
    }
    const lived = await dump(first, tenants[0]);
    expect(await dump(second, tenants[1])).toEqual(lived);
    expect(lived).not.toEqual(before);
    for (const [index, simulator] of [first, second].entries())
      await steer(simulator, tenants[index]!, 'destroy', { seed: 2, share: 0.6 });
    const attacked = await dump(first, tenants[0]);
    expect(await dump(second, tenants[1])).toEqual(attacked);
    const hashes = new Set(attacked.map(({ contentHash }) => contentHash));
    const things = lived.filter(({ contentHash }) => contentHash !== undefined);
    const lost = things.filter(({ contentHash }) => !hashes.has(contentHash));
    expect(lost.length).toBeGreaterThan(things.length / 4);
  });

  it('has keys that are unique per user and kind', async () => {
    const tenant = await create(first, { ...PLAN, seed: 12 });
    const keys = (await dump(first, tenant)).map(({ userId, kind, key }) => `${userId} ${kind} ${key}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('keeps a snapshot while the tenant changes', async () => {
    const tenant = await create(first, { ...PLAN, seed: 13 });
    await steer(first, tenant, 'snapshots', { label: 'monday' });
    const then = await dump(first, tenant);
    await steer(first, tenant, 'live', { operations: 20 });
    expect(await first.call('GET', `/tenants/${tenant.tenantId}/snapshots/monday`)).toEqual(then);
  });

  it('draws its unconfirmed behaviours from the seed, unless told', async () => {
    const tenant = await create(first, { ...PLAN, seed: 14 });
    const read = async (): Promise<Record<string, unknown>> =>
      ((await first.call('GET', `/tenants/${tenant.tenantId}`)) as { switches: Record<string, unknown> }).switches;
    await first.call('PATCH', `/tenants/${tenant.tenantId}/switches`, { 'throttle.algorithm': 'token-bucket' });
    expect(await read()).toMatchObject({ 'throttle.algorithm': 'token-bucket' });
    await expect(first.call('PATCH', `/tenants/${tenant.tenantId}/switches`, { nonsense: 1 })).rejects.toThrow(
      'There is no switch nonsense',
    );
  });

  it('refuses a second tenant of one seed', async () => {
    await create(second, { ...PLAN, seed: 15 });
    await expect(create(second, { ...PLAN, seed: 15 })).rejects.toThrow('There is a tenant of seed 15 already');
  });
});

describe('the content host', () => {
  it('is another host, refuses a token, and serves a link until it expires', async () => {
    const tenant = await create(first, { ...PLAN, seed: 16 });
    const graph = new GraphCaller(first, tenant);
    const { users } = (await first.call('GET', `/tenants/${tenant.tenantId}`)) as { users: { id: string }[] };
    await first.call('POST', `/tenants/${tenant.tenantId}/mutate`, {
      workload: 'drive',
      user: users[0]!.id,
      op: 'create-file',
      path: 'a.txt',
      text: 'hello',
    });
    const redirect = await graph.call(`/users/${users[0]!.id}/drive/root:/a.txt:/content`);
    const location = redirect.headers['location']!;
    expect(redirect.status).toBe(302);
    expect(new URL(location).hostname).not.toBe(new URL(first.graph).hostname);
    expect(await graph.call(location, { token: null })).toMatchObject({ status: 200, body: 'hello' });
    expect((await graph.call(location)).status).toBe(401);
    expect((await graph.call(location.replace('tempauth=', 'tempauth=x'), { token: null })).status).toBe(401);
    await first.call('POST', '/clock', { advanceMs: 2 * 3_600_000 });
    expect((await graph.call(location, { token: null })).status).toBe(401);
    await graph.close();
  });
});

describe('the control API', () => {
  it('says what it did not understand', async () => {
    const tenant = await create(second, { ...PLAN, seed: 17 });
    await expect(second.call('GET', '/nothing')).rejects.toThrow('Nothing answers GET /nothing');
    await expect(second.call('POST', '/tenants', { users: -1, colour: 'red' })).rejects.toThrow(/users: .*colour/);
    await expect(second.call('GET', '/tenants/x/dump')).rejects.toThrow('There is no tenant x');
    await expect(steer(second, tenant, 'mutate', { workload: 'drive', user: 'nobody', op: 'edit' })).rejects.toThrow(
      'does not exist',
    );
    await expect(steer(second, tenant, 'mutate', { op: 'edit' })).rejects.toThrow(/workload/);
  });
});

import { parseTenantId } from '@holdfast/kernel';
import { Database, prepareDatabase, Secret, serviceUrls, SilentLogger } from '@holdfast/platform';
import { startTestPostgres, type TestPostgres } from '@holdfast/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BudgetAsk } from '../../app/budgets.port.js';
import { SWEEPS, type AuthSchema, type AuthSweep } from './auth-database.js';
import { migrations } from './migrations.js';
import { BudgetUse } from './budget-use.js';
import { PostgresBudgets } from './postgres-budgets.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');
const hour = 3_600_000;
const limit = { amount: 100, windowMs: hour };

function mailbox(change: Partial<BudgetAsk> & { readonly wanted?: number } = {}): BudgetAsk {
  const { wanted = 60, ...rest } = change;
  return {
    tenantId: ours,
    bucket: 'outlook',
    scope: 'u1',
    lane: 'increment',
    meters: [{ name: 'requests', limit, wanted }],
    slots: 2,
    slotsAllowed: 4,
    leaseMs: hour,
    holder: 'task/1',
    ...rest,
  };
}

let server: TestPostgres;
let budgets: PostgresBudgets;
beforeAll(async () => {
  server = await startTestPostgres();
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  const adminUrl = new Secret(await server.createDatabase());
  const urls = serviceUrls(adminUrl, 'auth', new Secret('pw'));
  await prepareDatabase({ adminUrl, ...urls, schema: 'auth', migrations });
  const database = await Database.open<AuthSchema, AuthSweep>({
    ...urls,
    schema: 'auth',
    sweeps: SWEEPS,
    logger: new SilentLogger(),
  });
  budgets = new PostgresBudgets(database, new BudgetUse());
  return () => database.close();
});

describe('PostgresBudgets', () => {
  it('leases no more than a window holds, and says when to ask again', async () => {
    expect(await budgets.lease(mailbox())).toMatchObject({ granted: [60], slots: 2 });
    expect(await budgets.lease(mailbox())).toMatchObject({ granted: [40], slots: 2 });
    const third = await budgets.lease(mailbox({ slots: 0 }));
    expect(third).toMatchObject({ leaseId: '', granted: [0] });
    expect(third.waitMs).toBeGreaterThan(1_000);
  });

  it('never hands out the same units twice, however many ask at once', async () => {
    const leases = await Promise.all(Array.from({ length: 8 }, () => budgets.lease(mailbox({ wanted: 30, slots: 0 }))));
    expect(leases.reduce((sum, { granted }) => sum + (granted[0] ?? 0), 0)).toBe(100);
  });

  it('counts mailboxes and tenants apart', async () => {
    await budgets.lease(mailbox({ wanted: 100 }));
    expect(await budgets.lease(mailbox({ scope: 'u2', wanted: 100 }))).toMatchObject({ granted: [100] });
    expect(await budgets.lease(mailbox({ tenantId: theirs, wanted: 100 }))).toMatchObject({ granted: [100] });
  });

  it('has four concurrency slots for a mailbox, which come back with the lease or when it ends by itself', async () => {
    const first = await budgets.lease(mailbox({ wanted: 1, slots: 4 }));
    expect(await budgets.lease(mailbox({ wanted: 1 }))).toMatchObject({ leaseId: '', slots: 0 });
    await budgets.giveBack(ours, first.leaseId, [0], true);
    expect(await budgets.lease(mailbox({ wanted: 1, slots: 4, leaseMs: 0 }))).toMatchObject({ slots: 4 });
    expect(await budgets.lease(mailbox({ wanted: 1, slots: 4 }))).toMatchObject({ slots: 4 });
  });

  it('takes unused units back once', async () => {
    const lease = await budgets.lease(mailbox({ wanted: 100, slots: 0 }));
    await budgets.giveBack(ours, lease.leaseId, [70], true);
    await budgets.giveBack(ours, lease.leaseId, [70], true);
    expect(await budgets.lease(mailbox({ wanted: 100, slots: 0 }))).toMatchObject({ granted: [70] });
  });

  it('grants nothing behind a fence, in the fenced scope alone', async () => {
    await budgets.fence(ours, 'outlook', 'u1', hour);
    await budgets.fence(ours, 'outlook', 'u1', 1);
    const fenced = await budgets.lease(mailbox());
    expect(fenced.leaseId).toBe('');
    expect(fenced.waitMs).toBeGreaterThan(hour / 2);
    expect(await budgets.lease(mailbox({ scope: 'u2' }))).toMatchObject({ granted: [60] });
  });

  it('grants of a minute what the day still has', async () => {
    const meters = [
      { name: 'minute', limit: { amount: 100, windowMs: 60_000 }, wanted: 80 },
      { name: 'day', limit: { amount: 50, windowMs: 24 * hour }, wanted: 80 },
    ];
    const ask = mailbox({ bucket: 'sharepoint', scope: '', lane: 'restore', meters, slots: 0, slotsAllowed: 0 });
    expect(await budgets.lease(ask)).toMatchObject({ granted: [50, 50] });
  });

  it('gives a unit back to the minute and to the day', async () => {
    const meters = (wanted: number) => [
      { name: 'minute', limit: { amount: 100, windowMs: 60_000 }, wanted },
      { name: 'day', limit: { amount: 100, windowMs: 24 * hour }, wanted },
    ];
    const ask = (wanted: number) =>
      mailbox({ bucket: 'sharepoint', scope: '', lane: 'restore', meters: meters(wanted), slots: 0, slotsAllowed: 0 });
    const lease = await budgets.lease(ask(80));
    await budgets.giveBack(ours, lease.leaseId, [80, 0], true);
    expect(await budgets.lease(ask(100))).toMatchObject({ granted: [100, 100] });
  });

  it('keeps of a mailbox what a restore that waits has not had', async () => {
    const lease = await budgets.lease(mailbox({ lane: 'first-full', wanted: 100, slots: 0 }));
    expect(await budgets.lease(mailbox({ lane: 'restore', wanted: 50, slots: 0 }))).toMatchObject({ granted: [0] });
    await budgets.giveBack(ours, lease.leaseId, [60], true);
    expect(await budgets.lease(mailbox({ lane: 'first-full', wanted: 50, slots: 0 }))).toMatchObject({ leaseId: '' });
    expect(await budgets.lease(mailbox({ lane: 'restore', wanted: 50, slots: 0 }))).toMatchObject({ granted: [50] });
  });

  it('holds all tenants of an app together to its limit, and other apps apart', async () => {
    const ask = (clientId: string, wanted: number) =>
      budgets.spend({ cloud: 'global', clientId, lane: 'restore', meter: { name: 'requests', limit, wanted } });
    expect(await ask('app', 70)).toEqual({ granted: 70, waitMs: 0 });
    expect(await ask('app', 70)).toEqual({ granted: 30, waitMs: 0 });
    const third = await ask('app', 70);
    expect(third.granted).toBe(0);
    expect(third.waitMs).toBeGreaterThan(0);
    expect(await ask('other', 70)).toEqual({ granted: 70, waitMs: 0 });
  });
});

import { parseTenantId, SystemClock } from '@holdfast/kernel';
import { startTestPostgres, type TestPostgres } from '@holdfast/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { BudgetBucket } from '../../app/budgets.port.js';
import { setBack, UNUSED } from '../../domain/budget/bucket.js';
import type { LeaseAsk } from '../../domain/budget/lease.js';
import { BudgetUse } from './budget-use.js';
import { PostgresBudgets } from './postgres-budgets.js';
import { type AuthTables, openAuthDatabase } from './test-database.suite.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');
const HOUR_MS = 3_600_000;
const NOTHING_TOLD = { unused: [], inFlight: [], inside: 0 };

function mailbox(change: Partial<BudgetBucket> = {}): BudgetBucket {
  const limit = { amount: 100, windowMs: HOUR_MS };
  const meters = [{ name: 'requests', limit, reserve: 0 }];
  const rules = { meters, isOneUnit: false, isShared: false, slots: 4, quantum: 1 };
  return { tenantId: ours, service: 'outlook', mailbox: 'u1', rules, ...change };
}

function ask(leaseId: string, wanted: number, more: Partial<LeaseAsk> = {}): LeaseAsk {
  const told = NOTHING_TOLD;
  return { leaseId, told, member: leaseId, lane: 'increment', wanted: [wanted], least: [1], slots: 0, ...more };
}

let server: TestPostgres;
let database: AuthTables;
let budgets: PostgresBudgets;
beforeAll(async () => {
  server = await startTestPostgres();
}, 60_000);
afterAll(() => server.stop());
beforeEach(async () => {
  database = await openAuthDatabase(server);
  budgets = new PostgresBudgets(database, new BudgetUse());
  return () => database.close();
});

/** What a backup of the database would have: its rows, counted by another server. */
function putBackFromCopy(): Promise<unknown> {
  return database.inTenant(ours, (tx) => tx.updateTable('budget_buckets').set({ counted_by: 'another' }).execute());
}

describe('PostgresBudgets', () => {
  it('leases no more than a window holds, and says when to ask again', async () => {
    expect(await budgets.lease(mailbox(), ask('a', 60))).toMatchObject({ granted: [60], waitMs: 0 });
    expect(await budgets.lease(mailbox(), ask('b', 60))).toMatchObject({ granted: [40], waitMs: 0 });
    const third = await budgets.lease(mailbox(), ask('c', 60));
    expect(third.granted).toEqual([0]);
    expect(third.waitMs).toBeGreaterThan(500);
  });

  it('never hands out the same units twice, however many ask at once', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `l${index}`);
    const leases = await Promise.all(names.map((name) => budgets.lease(mailbox(), ask(name, 30))));
    expect(leases.reduce((sum, { granted }) => sum + (granted[0] ?? 0), 0)).toBeLessThanOrEqual(100);
    expect(leases.reduce((sum, { granted }) => sum + (granted[0] ?? 0), 0)).toBeGreaterThan(90);
  });

  it('fails for who asks wrongly, and for no other that asks in the same moment', async () => {
    const wrong = ask('wrong', 10);
    Object.defineProperty(wrong, 'told', {
      get: () => {
        throw new RangeError('told nothing');
      },
    });
    const asked = [ask('first', 10), wrong, ask('last', 10)].map((one) => budgets.lease(mailbox(), one));
    expect(await Promise.allSettled(asked)).toMatchObject([
      { value: { granted: [10] } },
      { reason: { message: 'told nothing' } },
      { value: { granted: [10] } },
    ]);
  });

  it('gives a window back when it has passed, though the clock went back meanwhile', async () => {
    await budgets.lease(mailbox(), ask('a', 100));
    await budgets.giveBack(mailbox(), { leaseId: 'a', told: { unused: [0], inFlight: [0], inside: 0 } });
    // As it looks once the clock has gone back by a day: what was counted lies ahead.
    await database.inTenant(ours, async (tx) => {
      const { state, counted_at_ms } = await tx
        .selectFrom('budget_buckets')
        .select(['state', 'counted_at_ms'])
        .executeTakeFirstOrThrow();
      const moved = JSON.stringify(setBack({ ...UNUSED, ...state }, -24 * HOUR_MS));
      const counted = { state: moved, counted_at_ms: counted_at_ms + 24 * HOUR_MS };
      await tx.updateTable('budget_buckets').set(counted).execute();
    });
    const next = await budgets.lease(mailbox(), ask('b', 60));
    expect(next.granted).toEqual([0]);
    const { used } = await database.inTenant(ours, async (tx) => {
      const row = await tx.selectFrom('budget_buckets').select('state').executeTakeFirstOrThrow();
      return { ...UNUSED, ...row.state };
    });
    const now = new SystemClock().now();
    for (const [startMs] of used['requests'] ?? []) expect(startMs).toBeLessThanOrEqual(now);
    expect(used['requests']).toHaveLength(1);
  });

  it('counts mailboxes and tenants apart', async () => {
    for (const bucket of [mailbox(), mailbox({ mailbox: 'u2' }), mailbox({ tenantId: theirs })])
      expect(await budgets.lease(bucket, ask('a', 100))).toMatchObject({ granted: [100] });
  });

  it('takes a slice back once', async () => {
    await budgets.lease(mailbox(), ask('a', 100));
    const slice = { leaseId: 'a', told: { unused: [70], inFlight: [0], inside: 0 } };
    await budgets.giveBack(mailbox(), slice);
    await budgets.giveBack(mailbox(), slice);
    expect(await budgets.lease(mailbox(), ask('b', 100))).toMatchObject({ granted: [70] });
  });

  it('grants nothing behind a fence, in the fenced bucket alone', async () => {
    await budgets.fence(mailbox(), HOUR_MS);
    await budgets.fence(mailbox(), 1);
    const fenced = await budgets.lease(mailbox(), ask('a', 1));
    expect(fenced.granted).toEqual([0]);
    expect(fenced.waitMs).toBeGreaterThan(HOUR_MS / 2);
    expect(await budgets.lease(mailbox({ mailbox: 'u2' }), ask('a', 1))).toMatchObject({ granted: [1] });
  });

  it('counts what a database may have lost as used until its window has passed', async () => {
    await budgets.lease(mailbox(), ask('a', 1));
    await putBackFromCopy();
    const after = await budgets.lease(mailbox(), ask('b', 1));
    expect(after.granted).toEqual([0]);
    expect(after.waitMs).toBeGreaterThan(1_000);
    const later = mailbox();
    const short = [{ name: 'requests', limit: { amount: 100, windowMs: 1 }, reserve: 0 }];
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(await budgets.lease({ ...later, rules: { ...later.rules, meters: short } }, ask('b', 1))).toMatchObject({
      granted: [1],
    });
  });
});

import { Bucket, type LeaseBudgetRequest } from '@holdfast/contracts/auth/v1';
import { parseTenantId } from '@holdfast/kernel';
import type { GrpcConnection } from '@holdfast/platform';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { AppSlices } from './app-slices.js';
import { FenceBoard } from './fence-board.js';
import { LeasedBudget } from './leased-budget.js';

const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const demand = { bucket: 'outlook', mailbox: 'u1', cost: 1 } as const;

/** A budget whose app has room for one request at the first ask, and from `freeAtMs` on. */
function budgetOf({ freeAtMs }: { readonly freeAtMs: number }) {
  const clock = new MovableClock(0);
  const fences = new FenceBoard(clock);
  const asked: LeaseBudgetRequest[] = [];
  const auth = {
    leaseBudget: async (request: LeaseBudgetRequest) => {
      const isFirst = asked.every(({ bucket }) => bucket !== request.bucket);
      asked.push(request);
      const waitMs = request.bucket === Bucket.BUCKET_APP && !isFirst ? Math.max(0, freeAtMs - clock.now()) : 0;
      const units = waitMs > 0 ? 0 : request.bucket === Bucket.BUCKET_APP ? 1 : 100;
      return { leaseId: 'l', units, slots: 4, uploadBytes: 0, validMs: 60_000, waitMs };
    },
    returnBudget: async () => ({}),
  };
  const connection = { client: () => auth } as unknown as GrpcConnection;
  const apps = new AppSlices(fences, clock);
  const live = { grant: 'g', lane: 'increment' };
  const budget = new LeasedBudget({ tenant, auth: connection, live, clock, fences, apps });
  const asksOf = (bucket: Bucket) => asked.filter((request) => request.bucket === bucket);
  return { clock, fences, budget, asksOf };
}

describe('LeasedBudget', () => {
  it('takes from a request’s own bucket and from the app’s', async () => {
    const { clock, budget, asksOf } = budgetOf({ freeAtMs: 5_000 });
    await budget.acquire(demand);
    const second = budget.acquire(demand).then(() => clock.now());
    await clock.advance(5_000);
    expect(await second).toBe(5_000);
    expect(asksOf(Bucket.BUCKET_OUTLOOK)).toHaveLength(1);
  });

  it('leaves a mailbox alone that was fenced while the app’s limit was waited for', async () => {
    const { clock, fences, budget } = budgetOf({ freeAtMs: 5_000 });
    await budget.acquire(demand);
    const second = budget.acquire(demand).then(() => clock.now());
    await clock.advance(1_000);
    fences.raise(tenant, demand, { scope: 'mailbox', forMs: 10_000 });
    await clock.advance(4_000);
    await clock.advance(6_000);
    expect(await second).toBe(11_000);
  });

  it('asks auth anew for what was recalled while the app’s limit was waited for', async () => {
    const { clock, fences, budget, asksOf } = budgetOf({ freeAtMs: 5_000 });
    await budget.acquire(demand);
    const second = budget.acquire(demand);
    await clock.advance(1_000);
    fences.recall(tenant, demand);
    await clock.advance(4_000);
    await second;
    expect(asksOf(Bucket.BUCKET_OUTLOOK)).toHaveLength(2);
  });

  it('lets go of its place when it is stopped while it waits', async () => {
    const { clock, budget } = budgetOf({ freeAtMs: 5_000 });
    await budget.acquire(demand);
    const stop = new AbortController();
    const waiting = Array.from({ length: 3 }, () => budget.acquire(demand, stop.signal));
    const stopped = Promise.allSettled(waiting);
    await clock.advance(1_000);
    stop.abort(new Error('stopped'));
    await clock.advance(4_000);
    expect(await stopped).toMatchObject(Array(3).fill({ reason: { message: 'stopped' } }));
    await budget.acquire(demand);
  });
});

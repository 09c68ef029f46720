import { Bucket, type LeaseBudgetResponse } from '@holdfast/contracts/auth/v1';
import { parseTenantId } from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { BudgetSlice, type SliceAuth } from './budget-slice.js';
import { FenceBoard } from './fence-board.js';

type Asked = Parameters<SliceAuth['leaseBudget']>[0];

const demand = { bucket: 'outlook', mailbox: 'u1', cost: 1 } as const;
const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');

function sliceOf(answers: readonly Partial<LeaseBudgetResponse>[]) {
  const clock = new MovableClock(0);
  const fences = new FenceBoard(clock);
  const asked: Asked[] = [];
  const returned: object[] = [];
  const auth = {
    async leaseBudget(request: Asked): Promise<LeaseBudgetResponse> {
      const answer = answers[Math.min(asked.length, answers.length - 1)];
      asked.push(request);
      return { leaseId: 'l', units: 0, slots: 4, uploadBytes: 0, validMs: 2_000, waitMs: 0, ...answer };
    },
    async returnBudget(request: object) {
      returned.push(request);
      return {};
    },
  } satisfies SliceAuth;
  const fencedMs = () => fences.waitMs(tenant, demand);
  const slice = new BudgetSlice(
    { bucket: 'outlook', wire: Bucket.BUCKET_OUTLOOK, mailbox: 'u1' },
    { auth, clock, fencedMs, recalls: () => fences.recalls(tenant, demand) },
  );
  return { clock, asked, returned, slice, fences };
}

/** How many of the entrances are open after everything that can happen has happened. */
async function settled(entrances: readonly Promise<void>[]): Promise<number> {
  let open = 0;
  for (const entrance of entrances)
    void entrance.then(() => {
      open += 1;
    });
  await new Promise((resolve) => setImmediate(resolve));
  return open;
}

describe('BudgetSlice', () => {
  it('lets no more in than there are slots, and the next when one leaves', async () => {
    const { slice } = sliceOf([{ units: 500 }]);
    const entrances = Array.from({ length: 6 }, () => slice.enter(demand));
    expect(await settled(entrances)).toBe(4);
    slice.leave(demand);
    expect(await settled(entrances)).toBe(5);
  });

  it('asks again when its units are spent, and tells what is under way and may still arrive', async () => {
    const { slice, asked } = sliceOf([{ units: 2 }, { units: 5 }]);
    const entrances = [1, 2, 3].map(() => slice.enter(demand));
    expect(await settled(entrances)).toBe(3);
    expect(asked[1]).toMatchObject({ leaseId: 'l', left: { unusedUnits: 0, inFlightUnits: 2, inFlightRequests: 2 } });
  });

  it('spends nothing of a slice whose time is over, and tells that it was not spent', async () => {
    const { slice, clock, asked } = sliceOf([{ units: 50 }]);
    await slice.enter(demand);
    await clock.advance(1_999);
    await slice.enter(demand);
    expect(asked).toHaveLength(1);
    await clock.advance(1);
    await slice.enter(demand);
    expect(asked[1]?.left).toMatchObject({ unusedUnits: 48, inFlightUnits: 2 });
  });

  it('gives all back when its time is over and nobody asks', async () => {
    const { slice, clock, returned } = sliceOf([{ units: 50 }]);
    await slice.enter(demand);
    slice.leave(demand);
    await clock.advance(2_000);
    expect(returned).toMatchObject([{ leaseId: 'l', left: { unusedUnits: 49, inFlightUnits: 0 } }]);
  });

  it('keeps the places of what is under way, asking for nothing more', async () => {
    const { slice, clock, asked, returned } = sliceOf([{ units: 50 }, { slots: 1 }]);
    await slice.enter(demand);
    await clock.advance(4_000);
    expect(asked.slice(1)).toMatchObject([
      { units: 0, left: { unusedUnits: 49, inFlightRequests: 1 } },
      { units: 0, left: { inFlightRequests: 1 } },
    ]);
    expect(returned).toEqual([]);
  });

  it('asks for more, the more it spends', async () => {
    const { slice, asked } = sliceOf([{ units: 16 }, { units: 32 }]);
    for (let request = 0; request < 49; request += 1) {
      await slice.enter(demand);
      slice.leave(demand);
    }
    expect(asked.map(({ units }) => units)).toEqual([16, 32, 64]);
  });

  it('waits as long as auth says when nothing is to be had', async () => {
    const { slice, clock, asked } = sliceOf([{ waitMs: 5_000 }, { units: 5 }]);
    const entrances = [slice.enter(demand)];
    expect(await settled(entrances)).toBe(0);
    await clock.advance(5_000);
    expect(await settled(entrances)).toBe(1);
    expect(asked).toHaveLength(2);
  });

  it('asks for the bytes that a request uploads, and tells of those under way', async () => {
    const { slice, asked } = sliceOf([{ units: 5, uploadBytes: 1_000 }]);
    await slice.enter({ ...demand, uploadBytes: 600 });
    expect(asked[0]).toMatchObject({ leastUploadBytes: 600 });
    await slice.enter({ ...demand, uploadBytes: 600 });
    expect(asked[1]?.left).toMatchObject({ unusedUploadBytes: 400, inFlightUploadBytes: 600 });
  });

  it('tells auth with its next ask what Microsoft counts', async () => {
    const { slice, asked } = sliceOf([{ units: 1 }]);
    await slice.enter(demand);
    slice.note({ limit: 100, remaining: 7, resetMs: 30_000 });
    await slice.enter(demand);
    await slice.enter(demand);
    expect(asked.map(({ seen }) => seen)).toEqual([undefined, { remaining: 7, resetMs: 30_000 }, undefined]);
  });

  it.each([
    ['its mailbox', { scope: 'mailbox', forMs: 3_000 }, demand, 0],
    ['the app', { scope: 'app', forMs: 3_000 }, { bucket: 'sharepoint' }, 0],
    ['another mailbox', { scope: 'mailbox', forMs: 3_000 }, { bucket: 'outlook', mailbox: 'u2' }, 1],
    ['another service', { scope: 'service', forMs: 3_000 }, { bucket: 'sharepoint' }, 1],
  ] as const)('behind a fence of %s', async (_, fence, where, open) => {
    const { slice, clock, fences } = sliceOf([{ units: 500 }]);
    fences.raise(tenant, where, fence);
    const entrances = [slice.enter(demand)];
    expect(await settled(entrances)).toBe(open);
    await clock.advance(3_000);
    expect(await settled(entrances)).toBe(1);
  });

  it.each([
    ['its mailbox', demand, 2],
    ['all of the tenant’s budgets', 'all', 2],
    ['another mailbox', { bucket: 'outlook', mailbox: 'u2' }, 1],
    ['another service', { bucket: 'sharepoint' }, 1],
  ] as const)('after a recall of %s', async (_, where, asks) => {
    const { slice, fences, asked } = sliceOf([{ units: 50 }]);
    await slice.enter(demand);
    fences.recall(tenant, where);
    await slice.enter(demand);
    await slice.enter(demand);
    expect(asked).toHaveLength(asks);
  });

  it('tells that what was recalled is unspent, and waits as long as auth then says', async () => {
    const { slice, clock, fences, asked } = sliceOf([{ units: 50 }, { waitMs: 5_000 }, { units: 50 }]);
    await slice.enter(demand);
    fences.recall(tenant, demand);
    const entrances = [slice.enter(demand)];
    expect(await settled(entrances)).toBe(0);
    expect(asked[1]?.left).toMatchObject({ unusedUnits: 49, inFlightUnits: 1 });
    await clock.advance(5_000);
    expect(await settled(entrances)).toBe(1);
  });

  it('spends nothing of a slice that was recalled while auth was asked for it', async () => {
    const { slice, fences, asked } = sliceOf([{ units: 50 }, { waitMs: 5_000 }]);
    const entrances = [slice.enter(demand)];
    await Promise.resolve();
    expect(asked).toHaveLength(1);
    fences.recall(tenant, demand);
    expect(await settled(entrances)).toBe(0);
    expect(asked).toHaveLength(2);
  });

  it('is recalled for no other tenant', async () => {
    const { slice, fences, asked } = sliceOf([{ units: 50 }]);
    await slice.enter(demand);
    fences.recall(parseTenantId('bbbbbbbb-0000-4000-8000-000000000000'), 'all');
    await slice.enter(demand);
    expect(asked).toHaveLength(1);
  });
});

import {
  Bucket,
  type BudgetServiceController,
  type LeaseBudgetRequest,
  type LeaseBudgetResponse,
} from '@holdfast/contracts/auth/v1';
import type { GrpcClient } from '@holdfast/platform';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { BudgetSlice } from './budget-slice.js';

const demand = { bucket: 'outlook', mailbox: 'u1', cost: 1 } as const;

function sliceOf(answers: readonly Partial<LeaseBudgetResponse>[]) {
  const clock = new MovableClock(0);
  const asked: LeaseBudgetRequest[] = [];
  const returned: number[] = [];
  const auth = {
    async leaseBudget(request: LeaseBudgetRequest): Promise<LeaseBudgetResponse> {
      const answer = answers[Math.min(asked.length, answers.length - 1)];
      asked.push(request);
      return {
        leaseId: `l${asked.length}`,
        units: 0,
        slots: 4,
        uploadBytes: 0,
        expiresAtMs: 60_000,
        waitMs: 0,
        ...answer,
      };
    },
    async returnBudget({ unusedUnits }: { unusedUnits: number }) {
      returned.push(unusedUnits);
      return {};
    },
    async reportThrottle() {
      return {};
    },
  } satisfies GrpcClient<BudgetServiceController>;
  const slice = new BudgetSlice(auth, { grant: 'g' }, { bucket: Bucket.BUCKET_OUTLOOK, mailbox: 'u1' }, clock);
  return { clock, asked, returned, slice };
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
    slice.leave();
    expect(await settled(entrances)).toBe(5);
  });

  it('leases again when its units are spent, once everybody has left, and gives back the old lease', async () => {
    const { slice, asked, returned } = sliceOf([{ units: 2 }, { units: 5 }]);
    const entrances = [1, 2, 3].map(() => slice.enter(demand));
    expect(await settled(entrances)).toBe(2);
    slice.leave();
    expect(await settled(entrances)).toBe(2);
    slice.leave();
    expect(await settled(entrances)).toBe(3);
    expect(asked).toHaveLength(2);
    await slice.giveBack();
    expect(returned).toEqual([0, 4]);
  });

  it('waits as long as auth says when nothing is to be had', async () => {
    const { slice, clock, asked } = sliceOf([{ leaseId: '', waitMs: 5_000 }, { units: 5 }]);
    const entrances = [slice.enter(demand)];
    expect(await settled(entrances)).toBe(0);
    await clock.advance(5_000);
    expect(await settled(entrances)).toBe(1);
    expect(asked).toHaveLength(2);
  });

  it('holds all back behind a fence', async () => {
    const { slice, clock } = sliceOf([{ units: 500 }]);
    slice.fence(3_000);
    const entrances = [slice.enter(demand)];
    await clock.advance(2_000);
    expect(await settled(entrances)).toBe(0);
    await clock.advance(1_000);
    expect(await settled(entrances)).toBe(1);
  });

  it('replaces a lease before it ends by itself', async () => {
    const { slice, clock, asked } = sliceOf([
      { units: 500, expiresAtMs: 60_000 },
      { units: 500, expiresAtMs: 120_000 },
    ]);
    await slice.enter(demand);
    slice.leave();
    await clock.advance(50_000);
    await slice.enter(demand);
    expect(asked).toHaveLength(2);
  });
});

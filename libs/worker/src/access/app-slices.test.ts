import { Bucket, type LeaseBudgetRequest, type ReturnBudgetRequest } from '@holdfast/contracts/auth/v1';
import { AppError, parseTenantId } from '@holdfast/kernel';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { AppSlices } from './app-slices.js';
import { FenceBoard } from './fence-board.js';

const demand = { bucket: 'outlook', mailbox: 'u1', cost: 1 } as const;
const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');

/** Slices of an auth that refuses some grants. */
function slicesOf(...refused: readonly string[]) {
  const clock = new MovableClock(0);
  const fences = new FenceBoard(clock);
  const asked: LeaseBudgetRequest[] = [];
  const returned: ReturnBudgetRequest[] = [];
  const auth = {
    leaseBudget: async (request: LeaseBudgetRequest) => {
      asked.push(request);
      if (refused.includes(request.grant)) throw new AppError('GRANT_REFUSED', 'It was given to another.');
      return { leaseId: `l${asked.length}`, units: request.units, slots: 0, uploadBytes: 0, validMs: 2_000, waitMs: 0 };
    },
    returnBudget: async (request: ReturnBudgetRequest) => {
      returned.push(request);
      return {};
    },
  };
  const slices = new AppSlices(fences, clock);
  const open = (grant: string, { tenant = ours, lane = 'increment' } = {}) =>
    slices.open(tenant, { grant, lane }, auth);
  return { clock, fences, asked, returned, open };
}

describe('AppSlices', () => {
  it('holds one slice for all tasks of a tenant in a lane', async () => {
    const { asked, open } = slicesOf();
    for (const share of [open('a'), open('b'), open('c')]) await share.enter(demand);
    expect(asked).toMatchObject([{ bucket: Bucket.BUCKET_APP, mailbox: '', slots: 0, units: 16 }]);
    await open('d', { lane: 'restore' }).enter(demand);
    await open('e', { tenant: theirs }).enter(demand);
    expect(asked.map(({ grant }) => grant)).toEqual(['c', 'd', 'e']);
  });

  it('lets in as many at once as the tasks have requests', async () => {
    const { asked, open } = slicesOf();
    const share = open('a');
    await Promise.all(Array.from({ length: 40 }, () => share.enter(demand)));
    expect(asked.map(({ units }) => units)).toEqual([16, 32]);
  });

  it('asks under another task’s grant where one is refused', async () => {
    const { asked, open } = slicesOf('taken over');
    const shares = [open('good'), open('taken over')];
    for (const share of shares) await share.enter(demand);
    expect(asked.map(({ grant }) => grant)).toEqual(['taken over', 'good']);
  });

  it('fails when every grant is refused', async () => {
    const { open } = slicesOf('taken over');
    await expect(open('taken over').enter(demand)).rejects.toMatchObject({ code: 'GRANT_REFUSED' });
  });

  it('gives back with the last task, and begins anew with the next', async () => {
    const { asked, returned, open } = slicesOf();
    const [first, last] = [open('a'), open('b')];
    await first.enter(demand);
    first.leave(demand);
    await last.close();
    await last.close();
    expect(returned).toEqual([]);
    await first.close();
    expect(returned).toMatchObject([{ grant: 'a', bucket: Bucket.BUCKET_APP, left: { unusedUnits: 15 } }]);
    await open('c').enter(demand);
    expect(asked).toMatchObject([{ leaseId: '' }, { leaseId: '', grant: 'c' }]);
  });

  it('spends nothing behind a fence of the app, and nothing that was leased before a recall of all', async () => {
    const { clock, fences, asked, open } = slicesOf();
    const share = open('a');
    fences.raise(ours, demand, { scope: 'app', forMs: 3_000 });
    const entered = share.enter(demand).then(() => clock.now());
    await clock.advance(3_000);
    expect(await entered).toBe(3_000);
    fences.recall(ours, 'all');
    await share.enter(demand);
    expect(asked).toHaveLength(2);
  });
});

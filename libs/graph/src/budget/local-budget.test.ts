import { beforeEach, describe, expect, it } from '@jest/globals';
import { MovableClock } from '@holdfast/testkit';
import { LocalBudget } from './local-budget.js';
import type { BudgetDemand, BudgetTicket } from './request-budget.port.js';

let clock: MovableClock;
let budget: LocalBudget;
const ok = { status: 200 };
const anna: BudgetDemand = { bucket: 'outlook', mailbox: 'anna', cost: 1 };
const ben: BudgetDemand = { bucket: 'outlook', mailbox: 'ben', cost: 1 };
const drive = (cost: number): BudgetDemand => ({ bucket: 'sharepoint', cost });

/** Whether a demand gets through without the clock moving. */
async function passesNow(demand: BudgetDemand): Promise<BudgetTicket | undefined> {
  let ticket: BudgetTicket | undefined;
  void budget.acquire(demand).then((given) => (ticket = given));
  await clock.advance(0);
  return ticket;
}

async function spend(demand: BudgetDemand, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) (await budget.acquire(demand)).done(ok);
}

beforeEach(() => {
  clock = new MovableClock();
  budget = new LocalBudget({ clock, size: { licences: 100, users: 10 }, share: 1 });
});

describe('LocalBudget', () => {
  it('lets four requests into a mailbox at a time, in order', async () => {
    const tickets = [await passesNow(anna), await passesNow(anna), await passesNow(anna), await passesNow(anna)];
    expect(tickets.every((ticket) => ticket !== undefined)).toBe(true);
    expect(await passesNow(anna)).toBeUndefined();
    expect(await passesNow(ben)).toBeDefined();
  });

  it('hands a place on when it is given back', async () => {
    const tickets = [await passesNow(anna), await passesNow(anna), await passesNow(anna), await passesNow(anna)];
    let isIn = false;
    void budget.acquire(anna).then(() => (isIn = true));
    await clock.advance(0);
    expect(isIn).toBe(false);
    tickets[2]?.done(ok);
    await clock.advance(0);
    expect(isIn).toBe(true);
  });

  it('keeps a mailbox to 10,000 requests in ten minutes, and no other with it', async () => {
    await spend(anna, 10_000);
    expect(await passesNow(anna)).toBeUndefined();
    expect(await passesNow(ben)).toBeDefined();
    await clock.advance(606_000);
    expect(await passesNow(anna)).toBeDefined();
  });

  it('keeps uploads to a mailbox under 150 MB in five minutes', async () => {
    await spend({ ...anna, uploadBytes: 75_000_000 }, 2);
    expect(await passesNow({ ...anna, uploadBytes: 1 })).toBeUndefined();
    expect(await passesNow(anna)).toBeUndefined();
    await clock.advance(303_000);
    expect(await passesNow({ ...anna, uploadBytes: 1 })).toBeDefined();
  });

  it('uses nearly all of the minute’s resource units and never more', async () => {
    let used = 0;
    const stop = new AbortController();
    const worker = (async () => {
      for (;;) {
        (await budget.acquire(drive(1), stop.signal)).done(ok);
        used += 1;
      }
    })().catch(() => undefined);
    await clock.advance(10 * 60_000);
    stop.abort();
    await worker;
    expect(used).toBeLessThanOrEqual(11 * 1_250);
    expect(used).toBeGreaterThan(0.95 * 10 * 1_250);
  });

  it('keeps the day’s resource units too', async () => {
    budget = new LocalBudget({ clock, size: { licences: 100, users: 10 } });
    let used = 0;
    const stop = new AbortController();
    const worker = (async () => {
      for (;;) {
        (await budget.acquire(drive(100), stop.signal)).done(ok);
        used += 100;
      }
    })().catch(() => undefined);
    await clock.advance(23 * 3_600_000);
    stop.abort();
    await worker;
    expect(used).toBeLessThanOrEqual(1_200_000);
    expect(used).toBeGreaterThan(0.95 * 1_200_000);
  });

  it('fences only the mailbox that was told to wait, for as long as it was told', async () => {
    (await budget.acquire(anna)).done({ status: 429, retryAfterMs: 600_000 });
    expect(await passesNow(anna)).toBeUndefined();
    expect(await passesNow(ben)).toBeDefined();
    expect(await passesNow(drive(1))).toBeDefined();
    await clock.advance(600_000);
    expect(await passesNow(anna)).toBeDefined();
  });

  it('fences all of the tenant’s drives when SharePoint says so', async () => {
    (await budget.acquire(drive(1))).done({ status: 503, retryAfterMs: 30_000 });
    expect(await passesNow(drive(1))).toBeUndefined();
    expect(await passesNow(anna)).toBeDefined();
    await clock.advance(30_000);
    expect(await passesNow(drive(1))).toBeDefined();
  });

  it('believes SharePoint’s own count when others use the same app', async () => {
    (await budget.acquire(drive(1))).done({ status: 200, rateLimit: { limit: 1_250, remaining: 2, resetMs: 20_000 } });
    expect(await passesNow(drive(2))).toBeDefined();
    expect(await passesNow(drive(1))).toBeUndefined();
  });

  it('lets a waiting request go when it is stopped, and the next one through', async () => {
    for (let i = 0; i < 4; i += 1) await passesNow(anna);
    const stop = new AbortController();
    const waiting = budget.acquire(anna, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(waiting).rejects.toThrow('stopped');
    await expect(budget.acquire(anna, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  });
});

import { describe, expect, it } from '@jest/globals';
import { QuoteSum, type WorkCost } from './quote-sum.js';
import type { WorkLimits, WorkPace } from './work-time.js';

const limits: WorkLimits = {
  mailRequests: { amount: 10_000, atOnce: 10_000, spreadMs: 0, againMs: 607_000 },
  mailUpload: { amount: 150_000_000, atOnce: 150_000_000, spreadMs: 0, againMs: 304_500 },
  mailAtOnce: 4,
  driveMinute: { amount: 1_237, atOnce: 625, spreadMs: 40_000, againMs: 61_500 },
  driveDay: { amount: 1_170_000, atOnce: 600_000, spreadMs: 57_600_000, againMs: 87_120_000 },
  app: { amount: 128_700, atOnce: 65_000, spreadMs: 6_667, againMs: 10_300 },
};
const pace: WorkPace = { requestMs: 200, requestsAtOnce: { mail: 4, drive: 8 }, tasksAtOnce: 100 };
const mail = (requests: number, uploadBytes = 0): WorkCost => ({ workload: 'mail', requests, units: 0, uploadBytes });
const drive = (units: number, requests = units): WorkCost => ({ workload: 'drive', requests, units, uploadBytes: 0 });

function quoted(costs: readonly WorkCost[], change: Partial<WorkPace> = {}) {
  const sum = new QuoteSum(limits, { ...pace, ...change });
  for (const cost of costs) sum.add(cost);
  return sum.quote();
}

describe('QuoteSum', () => {
  it.each<[string, readonly WorkCost[], Partial<WorkPace>, number, string]>([
    ['nothing', [], {}, 0, 'none'],
    ['a mailbox, four requests at a time', [mail(10_000)], {}, 500_000, 'mailbox-concurrency'],
    ['a mailbox beyond its first window', [mail(12_000)], {}, 707_000, 'mailbox-requests'],
    ['the slowest of mailboxes side by side', [mail(12_000), mail(50), mail(8_000)], {}, 707_000, 'mailbox-requests'],
    ['a mailbox that much is uploaded to', [mail(100, 300_000_001)], {}, 609_000, 'mailbox-upload'],
    ['a drive, so many requests at a time', [drive(40, 4_000)], {}, 100_000, 'drive-concurrency'],
    ['drives, which share the minute', [drive(1_237), drive(1_237)], {}, 101_500, 'drive-minute'],
    ['more than a day’s units', [drive(1_170_000 + 1_237)], { requestMs: 1 }, 87_120_000 + 60_898, 'drive-day'],
    ['mailboxes in turns', Array.from({ length: 1_000 }, () => mail(1_000)), {}, 500_000, 'tasks-at-once'],
    [
      'more mailboxes than an app may ask',
      Array.from({ length: 128_700 }, () => mail(10)),
      { tasksAtOnce: 100_000, requestMs: 1 },
      9 * 10_300 + 6_667,
      'app-requests',
    ],
  ])('takes %s', (_, costs, change, expectedMs, bindingLimit) => {
    const quote = quoted(costs, change);
    expect(quote.bindingLimit).toBe(bindingLimit);
    expect(Math.abs(quote.expectedMs - expectedMs)).toBeLessThanOrEqual(60);
  });

  it('adds up what all of it asks', () => {
    expect(quoted([mail(10, 5), mail(20, 6), drive(7, 3)])).toMatchObject({ requests: 33, units: 7, uploadBytes: 11 });
  });
});

import { describe, expect, it } from '@jest/globals';
import { fenceOf } from './fence.js';
import type { BudgetDemand, BudgetOutcome } from './request-budget.port.js';

const mail: BudgetDemand = { bucket: 'outlook', mailbox: 'u1', cost: 1 };
const file: BudgetDemand = { bucket: 'sharepoint', cost: 1 };
const user: BudgetDemand = { bucket: 'identity', cost: 1 };
const spent = { limit: 1_200, remaining: 0, resetMs: 31_000 };

describe('fenceOf', () => {
  it.each<[string, BudgetDemand, BudgetOutcome, ReturnType<typeof fenceOf>]>([
    ['nothing', mail, { status: 200 }, undefined],
    ['nothing for a refusal that asks for no wait', file, { status: 404 }, undefined],
    ['nothing while the minute lasts', file, { status: 200, rateLimit: { ...spent, remaining: 120 } }, undefined],
    [
      'the mailbox',
      mail,
      { status: 429, graphCode: 'applicationthrottled', retryAfterMs: 5_000 },
      { scope: 'mailbox', forMs: 5_000 },
    ],
    [
      'the mailbox whose server is busy',
      mail,
      { status: 503, retryAfterMs: 5_000 },
      { scope: 'mailbox', forMs: 5_000 },
    ],
    [
      'the tenant’s files',
      file,
      { status: 429, graphCode: 'throttledrequest', retryAfterMs: 9_000 },
      { scope: 'service', forMs: 9_000 },
    ],
    [
      'the tenant’s files until the longer wait is over',
      file,
      { status: 429, retryAfterMs: 9_000, rateLimit: spent },
      { scope: 'service', forMs: 31_000 },
    ],
    [
      'the tenant’s files when the minute is spent',
      file,
      { status: 200, rateLimit: spent },
      { scope: 'service', forMs: 31_000 },
    ],
    [
      'the tenant’s directory',
      user,
      { status: 429, graphCode: 'toomanyrequests', retryAfterMs: 2_000 },
      { scope: 'service', forMs: 2_000 },
    ],
    [
      'the app',
      mail,
      { status: 429, graphCode: 'toomanyrequests', retryAfterMs: 2_000 },
      { scope: 'app', forMs: 2_000 },
    ],
    [
      'the app',
      file,
      { status: 429, graphCode: 'toomanyrequests', retryAfterMs: 2_000 },
      { scope: 'app', forMs: 2_000 },
    ],
    ['for a second when no time is named', file, { status: 429 }, { scope: 'service', forMs: 1_000 }],
  ])('holds back %s', (_, demand, outcome, fence) => {
    expect(fenceOf(demand, outcome)).toEqual(fence);
  });
});

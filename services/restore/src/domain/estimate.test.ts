import { QuoteSum, type Allowance, type WorkCost } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { costOf, quote } from './estimate.js';

const wide: Allowance = { amount: 10_000, atOnce: 10_000, spreadMs: 0, againMs: 600_000 };
const limits = { mailRequests: wide, mailUpload: wide, mailAtOnce: 4, driveMinute: wide, driveDay: wide, app: wide };
const pace = { requestMs: 100, requestsAtOnce: { mail: 4, drive: 4 }, tasksAtOnce: 8 };
const of = (workload: 'mail' | 'drive', requests: number, units: number): WorkCost => ({
  workload,
  requests,
  units,
  uploadBytes: 10,
});

describe('quote', () => {
  const quoted = (...targets: readonly WorkCost[]) => quote(targets, new QuoteSum(limits, pace));

  it('counts a first look at each target beside its steps', () => {
    expect(quoted(of('mail', 78, 0), of('drive', 9, 19))).toMatchObject({ requests: 110, units: 20, uploadBytes: 20 });
  });

  it('is nothing for nothing', () => {
    const nothing = { requests: 0, units: 0, uploadBytes: 0, expectedMs: 0, bindingLimit: 'none' };
    expect(quoted()).toEqual(nothing);
    expect(quoted({ ...of('mail', 0, 0), uploadBytes: 0 })).toEqual(nothing);
  });
});

describe('costOf', () => {
  it('is one request for an ordinary message and none for what is left alone', () => {
    expect(costOf('mail', 'create', 20_000)).toMatchObject({ requests: 1 });
    expect(costOf('mail', 'unchanged', 20_000)).toMatchObject({ requests: 0, uploadBytes: 0 });
    expect(costOf('drive', 'create', 25_000_000)).toEqual({ requests: 4, units: 2, uploadBytes: 25_000_000 });
  });
});

import type { WorkLimits } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import { costOf, quote } from './estimate.js';

const limits: WorkLimits = {
  mailRequests: { amount: 10_000, perMs: 600_000 },
  mailUpload: { amount: 150_000_000, perMs: 300_000 },
  driveMinute: { amount: 1_250, perMs: 60_000 },
  driveDay: { amount: 1_200_000, perMs: 86_400_000 },
};
const mail = (requests: number, uploadBytes: number) => ({
  workload: 'mail' as const,
  requests,
  units: 0,
  uploadBytes,
});

const drive = (units: number) => ({ workload: 'drive' as const, requests: 1, units, uploadBytes: 10 });

describe('quote', () => {
  it('takes the slowest mailbox by the limit that binds it', () => {
    const byRequests = quote([mail(9_978, 0), mail(78, 0)], limits);
    expect(byRequests).toMatchObject({ requests: 10_100, expectedMs: 600_000, bindingLimit: 'mailbox-requests' });
    const byBytes = quote([mail(100, 300_000_000)], limits);
    expect(byBytes).toMatchObject({ uploadBytes: 300_000_000, expectedMs: 600_000, bindingLimit: 'mailbox-upload' });
  });

  it('adds up drives, which share the tenant’s minute, and makes what is more than a day’s units wait for the next', () => {
    const few = quote([drive(1_249), drive(1_249)], limits);
    expect(few).toMatchObject({ units: 2_500, expectedMs: 120_000, bindingLimit: 'drive-minute' });
    const many = quote([drive(2_401_249)], limits);
    expect(many).toMatchObject({ expectedMs: 2 * 86_400_000 + 60_000, bindingLimit: 'drive-day' });
  });

  it('is nothing for nothing', () => {
    const nothing = { requests: 0, units: 0, uploadBytes: 0, expectedMs: 0, bindingLimit: 'none' };
    expect(quote([], limits)).toEqual(nothing);
    expect(quote([mail(0, 0)], limits)).toEqual(nothing);
  });
});

describe('costOf', () => {
  it('is one request for an ordinary message and none for what is left alone', () => {
    expect(costOf('mail', 'create', 20_000)).toMatchObject({ requests: 1 });
    expect(costOf('mail', 'unchanged', 20_000)).toMatchObject({ requests: 0, uploadBytes: 0 });
    expect(costOf('drive', 'create', 25_000_000)).toEqual({ requests: 4, units: 2, uploadBytes: 25_000_000 });
  });
});

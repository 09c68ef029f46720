import { describe, expect, it } from '@jest/globals';
import { costOf, expectedMs, type RestoreLimits } from './estimate.js';

const limits: RestoreLimits = {
  mailRequests: { amount: 10_000, perMs: 600_000 },
  mailUpload: { amount: 150_000_000, perMs: 300_000 },
  driveUnits: { amount: 1_250, perMs: 60_000 },
};
const mail = (requests: number, uploadBytes: number) => ({
  workload: 'mail' as const,
  requests,
  units: 0,
  uploadBytes,
});

describe('expectedMs', () => {
  it('takes the slowest mailbox by the limit that binds it', () => {
    expect(expectedMs([mail(10_000, 0), mail(100, 0)], limits)).toBe(600_000);
    expect(expectedMs([mail(100, 300_000_000)], limits)).toBe(600_000);
  });

  it('adds up drives, which share the tenant', () => {
    const drive = { workload: 'drive' as const, requests: 1, units: 1_250, uploadBytes: 0 };
    expect(expectedMs([drive, drive], limits)).toBe(120_000);
  });

  it('is nothing for nothing', () => {
    expect(expectedMs([], limits)).toBe(0);
  });
});

describe('costOf', () => {
  it('is one request for an ordinary message and none for what is left alone', () => {
    expect(costOf('mail', 'create', 20_000)).toMatchObject({ requests: 1 });
    expect(costOf('mail', 'unchanged', 20_000)).toMatchObject({ requests: 0, uploadBytes: 0 });
    expect(costOf('drive', 'create', 25_000_000)).toEqual({ requests: 4, units: 2, uploadBytes: 25_000_000 });
  });
});

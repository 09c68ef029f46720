import { describe, expect, it } from '@jest/globals';
import { timeThrough } from './allowance.js';

const mailbox = { amount: 10_000, atOnce: 10_000, spreadMs: 0, againMs: 607_000 };
const minute = { amount: 1_237, atOnce: 625, spreadMs: 40_000, againMs: 61_500 };

describe('timeThrough', () => {
  it('lets a first window through as fast as it is asked for', () => {
    expect(timeThrough(mailbox, 10_000, 50)).toBe(500_000);
    expect(timeThrough(mailbox, 10_000, 0)).toBe(0);
  });

  it('makes what is more wait until the first comes back', () => {
    expect(timeThrough(mailbox, 10_001, 50)).toBe(607_050);
    expect(timeThrough(mailbox, 25_000, 50)).toBe(2 * 607_000 + 5_000 * 50);
  });

  it('is the time that the units take by themselves where no window fills that fast', () => {
    expect(timeThrough(mailbox, 25_000, 100)).toBe(2_500_000);
  });

  it('paces all but the start of a limit that many share', () => {
    expect(timeThrough(minute, 625, 0)).toBe(0);
    expect(timeThrough(minute, 1_237, 0)).toBe(Math.round((612 * 40_000) / 1_237));
    expect(timeThrough(minute, 2_474, 0)).toBe(61_500 + 40_000);
  });

  it('is nothing for nothing', () => {
    expect(timeThrough(minute, 0, 100)).toBe(0);
  });
});

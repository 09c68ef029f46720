import { describe, expect, it } from '@jest/globals';
import { takeRequest, type Allowance } from './request-rate.js';

const rate = { perMinute: 60 };

function take(times: number, nowMs: number, from?: Allowance) {
  let allowance = from;
  let refusedMs = 0;
  for (let n = 0; n < times; n += 1) {
    const taken = takeRequest(allowance, nowMs, rate);
    if (taken.is === 'granted') allowance = taken.allowance;
    else refusedMs = taken.waitMs;
  }
  return { allowance, refusedMs };
}

describe('takeRequest', () => {
  it('grants a minute’s requests at once and then says how long to wait', () => {
    expect(take(60, 0).refusedMs).toBe(0);
    expect(take(61, 0).refusedMs).toBe(1_000);
  });

  it('grants again as time passes, never more than a minute’s worth', () => {
    const { allowance } = take(60, 0);
    expect(take(1, 500, allowance).refusedMs).toBe(500);
    expect(take(2, 2_000, allowance).refusedMs).toBe(0);
    expect(take(61, 10 * 60_000, allowance).refusedMs).toBe(1_000);
  });

  it('forgives a clock that goes back', () => {
    const { allowance } = take(1, 5_000);
    expect(take(1, 0, allowance).refusedMs).toBe(0);
  });
});

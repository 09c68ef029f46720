import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SlidingWindow } from './sliding-window.js';

const limit = { amount: 100, perMs: 60_000 };

describe('SlidingWindow', () => {
  it('lets the whole limit through at once, then waits for the window to pass', () => {
    const window = new SlidingWindow(limit);
    expect(window.waitMs(0, 100)).toBe(0);
    window.take(0, 100);
    const wait = window.waitMs(0, 1);
    expect(wait).toBeGreaterThan(60_000);
    expect(wait).toBeLessThanOrEqual(60_500);
    expect(window.waitMs(wait, 100)).toBe(0);
  });

  it('lets a demand larger than the limit through an empty window rather than never', () => {
    const window = new SlidingWindow(limit);
    expect(window.waitMs(0, 250)).toBe(0);
    window.take(0, 250);
    expect(window.waitMs(1_000, 1)).toBeGreaterThan(0);
  });

  it('never admits more than the limit in any span of the window’s length', () => {
    const demand = fc.record({ pauseMs: fc.integer({ min: 0, max: 30_000 }), amount: fc.integer({ min: 1, max: 40 }) });
    fc.assert(
      fc.property(fc.array(demand, { maxLength: 60 }), (demands) => {
        const window = new SlidingWindow(limit);
        const taken: { at: number; amount: number }[] = [];
        let now = 1_000_003;
        for (const { pauseMs, amount } of demands) {
          now += pauseMs;
          for (let wait = window.waitMs(now, amount); wait > 0; wait = window.waitMs(now, amount)) now += wait;
          window.take(now, amount);
          taken.push({ at: now, amount });
        }
        return taken.every(({ at }) => {
          const inSpan = taken.filter((use) => use.at <= at && use.at > at - limit.perMs);
          return inSpan.reduce((sum, use) => sum + use.amount, 0) <= limit.amount;
        });
      }),
    );
  });

  it('believes the service when it counted more', () => {
    const window = new SlidingWindow(limit);
    window.take(0, 10);
    window.raiseTo(0, 95);
    expect(window.used(0)).toBe(95);
    window.raiseTo(0, 20);
    expect(window.used(0)).toBe(95);
  });

  it('goes on from what was kept', () => {
    const window = new SlidingWindow(limit);
    window.take(5_000, 60);
    window.take(30_000, 30);
    const again = new SlidingWindow(limit, window.use(40_000));
    expect(again.used(40_000)).toBe(90);
    expect(again.waitMs(40_000, 20)).toBe(window.waitMs(40_000, 20));
  });
});

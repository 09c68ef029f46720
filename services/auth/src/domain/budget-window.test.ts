import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { available, slotStart, type SlotUse, type WindowLimit } from './budget-window.js';

const limit: WindowLimit = { amount: 100, windowMs: 60_000 };

describe('available', () => {
  it('is all of the limit while nothing was used, and tells how long to wait when all is', () => {
    expect(available(limit, [], 1_000_000)).toEqual({ amount: 100, waitMs: 0 });
    const uses = [{ startMs: slotStart(limit, 1_000_000), used: 100 }];
    expect(available(limit, uses, 1_000_000)).toEqual({ amount: 0, waitMs: 62_000 });
  });

  it('never lets any window of the limit’s length hold more than the limit', () => {
    const step = fc.record({ afterMs: fc.integer({ min: 0, max: 20_000 }), wanted: fc.integer({ min: 1, max: 60 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const uses = new Map<number, number>();
        const taken: { atMs: number; amount: number }[] = [];
        let nowMs = 5_000_000;
        for (const { afterMs, wanted } of steps) {
          nowMs += afterMs;
          const slots: SlotUse[] = [...uses].map(([startMs, used]) => ({ startMs, used }));
          const amount = Math.min(wanted, available(limit, slots, nowMs).amount);
          const slot = slotStart(limit, nowMs);
          uses.set(slot, (uses.get(slot) ?? 0) + amount);
          taken.push({ atMs: nowMs, amount });
        }
        for (const { atMs: endMs } of taken) {
          const inWindow = taken.filter(({ atMs }) => atMs <= endMs && atMs > endMs - limit.windowMs);
          expect(inWindow.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(limit.amount);
        }
      }),
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ALGORITHMS, makeMeter } from './meter.js';

describe.each(ALGORITHMS)('%s', (algorithm) => {
  it('lets the limit pass at once, refuses the next, and lets one pass after the wait it named', () => {
    const meter = makeMeter(algorithm, 10, 60_000);
    for (let call = 0; call < 10; call += 1) expect(meter.take(1, 1000).isOver).toBe(false);
    const { isOver, waitMs } = meter.take(1, 1000);
    expect(isOver).toBe(true);
    expect(waitMs).toBeGreaterThan(0);
    expect(meter.take(1, 1000 + Math.ceil(waitMs)).isOver).toBe(false);
  });

  it('never lets more than twice the limit pass in any window', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 200 }), (pauses) => {
        const meter = makeMeter(algorithm, 10, 60_000);
        let at = 0;
        const passed: number[] = [];
        for (const pause of pauses) {
          at += pause;
          if (!meter.take(1, at).isOver) passed.push(at);
        }
        return passed.every((start) => passed.filter((other) => other >= start && other < start + 60_000).length <= 20);
      }),
    );
  });
});

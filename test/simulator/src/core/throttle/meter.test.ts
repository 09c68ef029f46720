import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ALGORITHMS, makeMeter, type Algorithm } from './meter.js';

const LIMIT = 10;
const WINDOW_MS = 60_000;

interface Call {
  readonly at: number;
  readonly units: number;
}

/** The calls that a fresh meter lets pass. */
function passed(algorithm: Algorithm, calls: readonly Call[]): readonly Call[] {
  const meter = makeMeter(algorithm, LIMIT, WINDOW_MS);
  return calls.filter(({ at, units }) => !meter.take(units, at).isOver);
}

const sum = (calls: readonly Call[]): number => calls.reduce((total, { units }) => total + units, 0);
const between = (calls: readonly Call[], from: number, to: number): number =>
  sum(calls.filter(({ at }) => at >= from && at < to));
const many = (at: number, count: number): Call[] => Array.from({ length: count }, () => ({ at, units: 1 }));

const anyCalls = fc
  .array(fc.record({ pause: fc.integer({ min: 0, max: 20_000 }), units: fc.integer({ min: 1, max: 4 }) }), {
    maxLength: 150,
  })
  .map((steps) => {
    let at = 1_000_000;
    return steps.map(({ pause, units }) => ({ at: (at += pause), units }));
  });

describe.each(ALGORITHMS)('%s', (algorithm) => {
  it('lets the limit pass at once, refuses the next, and lets one pass after the wait it named', () => {
    const meter = makeMeter(algorithm, LIMIT, WINDOW_MS);
    for (let call = 0; call < LIMIT; call += 1) expect(meter.take(1, 1000).isOver).toBe(false);
    const { isOver, waitMs } = meter.take(1, 1000);
    expect(isOver).toBe(true);
    expect(waitMs).toBeGreaterThan(0);
    expect(meter.take(1, 1000 + Math.ceil(waitMs)).isOver).toBe(false);
  });

  it('refuses nobody who keeps to the limit in every span of the window’s length', () => {
    fc.assert(
      fc.property(anyCalls, (calls) => {
        const kept: Call[] = [];
        // One step of a sliding window's memory is left free.
        for (const call of calls)
          if (between(kept, call.at - WINDOW_MS - WINDOW_MS / 1000, call.at + 1) + call.units <= LIMIT) kept.push(call);
        return passed(algorithm, kept).length === kept.length;
      }),
    );
  });
});

describe('what tells the three apart', () => {
  it('a fixed window lets twice the limit pass across its border, and the limit alone within', () => {
    const calls = [...many(0, 1), ...many(WINDOW_MS - 1, LIMIT), ...many(WINDOW_MS, LIMIT + 1)];
    const through = passed('fixed-window', calls);
    expect(between(through, 0, WINDOW_MS)).toBe(LIMIT);
    expect(between(through, WINDOW_MS, 2 * WINDOW_MS)).toBe(LIMIT);
    expect(between(through, WINDOW_MS - 1, WINDOW_MS + 1)).toBe(2 * LIMIT - 1);
  });

  it('a sliding window never lets more than the limit pass in any span of its length', () => {
    fc.assert(
      fc.property(anyCalls, (calls) => {
        const through = passed('sliding-window', calls);
        return through.every(({ at }) => between(through, at, at + WINDOW_MS) <= LIMIT);
      }),
    );
  });

  it('a sliding window counts a use until the window has passed, not until a border', () => {
    const calls = [...many(WINDOW_MS - 1, LIMIT), ...many(WINDOW_MS + 1, 1)];
    expect(passed('sliding-window', calls)).toHaveLength(LIMIT);
  });

  it('a bucket of tokens lets pass in any span what it holds and what flows in meanwhile, and not more', () => {
    fc.assert(
      fc.property(anyCalls, (calls) => {
        const through = passed('token-bucket', calls);
        return through.every((first, index) =>
          through
            .slice(index)
            .every(({ at }) => between(through, first.at, at + 1) <= LIMIT + ((at - first.at) * LIMIT) / WINDOW_MS),
        );
      }),
    );
  });

  it('a bucket of tokens fills evenly: half a window after it was emptied, half of the limit passes', () => {
    const calls = [...many(0, LIMIT), ...many(WINDOW_MS / 2, LIMIT)];
    expect(passed('token-bucket', calls)).toHaveLength(LIMIT + LIMIT / 2);
  });
});

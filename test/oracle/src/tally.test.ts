import { describe, expect, it } from '@jest/globals';
import { EMPTY_TALLY, type TalliedRun, withRun } from './tally.js';

const run = (seed: number, given: Partial<TalliedRun> = {}): TalliedRun => ({
  seed,
  commit: 'aaa',
  hasPassed: true,
  items: 10,
  struck: new Map([['reset', 1]]),
  ...given,
});
const tallied = (...runs: readonly TalliedRun[]) => runs.reduce(withRun, EMPTY_TALLY);

describe('the tally of the oracle', () => {
  it('joins seeds that follow each other, in whatever order they end', () => {
    expect(tallied(run(3), run(1), run(7), run(2)).ranges).toEqual([
      { from: 1, to: 3, commit: 'aaa' },
      { from: 7, to: 7, commit: 'aaa' },
    ]);
  });

  it('keeps apart what was run on different commits, and a seed with its last one', () => {
    const { ranges, runs } = tallied(run(1), run(2), run(3), run(2, { commit: 'bbb' }));
    expect(ranges).toEqual([
      { from: 1, to: 1, commit: 'aaa' },
      { from: 2, to: 2, commit: 'bbb' },
      { from: 3, to: 3, commit: 'aaa' },
    ]);
    expect(runs).toBe(4);
  });

  it('names a seed that failed until it passes, and then where it did', () => {
    const failed = tallied(run(1), run(2, { hasPassed: false }));
    expect(failed.failures).toEqual([{ seed: 2, commit: 'aaa' }]);
    const passed = withRun(failed, run(2, { commit: 'bbb' }));
    expect(passed.failures).toEqual([{ seed: 2, commit: 'aaa', passedOn: 'bbb' }]);
    expect(withRun(passed, run(2, { commit: 'ccc', hasPassed: false })).failures).toEqual([{ seed: 2, commit: 'ccc' }]);
  });

  it('adds up items and troubles', () => {
    const { items, struck } = tallied(run(1), run(2, { struck: new Map([['503', 2]]) }), run(3));
    expect({ items, struck }).toEqual({ items: 30, struck: { '503': 2, reset: 2 } });
  });
});

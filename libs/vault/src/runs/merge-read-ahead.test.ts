import { describe, expect, it } from '@jest/globals';
import { MergeReadAhead } from './merge-read-ahead.js';

/** What each run loads when it is opened: two times, one run after the other. */
function opened(runs: number): (() => number)[] {
  const ahead = new MergeReadAhead(runs);
  const asks = Array.from({ length: runs }, () => ahead.ofRun());
  for (const ask of asks)
    for (let load = 0; load < 2; load += 1) expect(ask()).toBe(Math.min(8, Math.max(1, Math.floor(128 / runs))));
  return asks;
}

describe('MergeReadAhead', () => {
  it('loads more and more of a run that is read in one go', () => {
    const [first, second] = opened(500);
    expect(Array.from({ length: 6 }, () => first!())).toEqual([1, 2, 4, 8, 8, 8]);
    expect(Array.from({ length: 5 }, () => second!())).toEqual([1, 2, 4, 8, 8]);
  });

  it('loads few leaves of each of many runs that take turns', () => {
    const asks = opened(500);
    for (let round = 0; round < 4; round += 1) expect(asks.map((ask) => ask())).toEqual(asks.map(() => 1));
  });

  it('loads many of each of a few runs', () => {
    expect(opened(16).map((ask) => ask())).toEqual(Array.from({ length: 16 }, () => 8));
  });
});

import { describe, expect, it } from '@jest/globals';
import { bytesThatRemain, type FreedSoFar } from './remaining-bytes.js';

const REMOVED = 1_000;
const done: FreedSoFar = {
  startedAtMs: REMOVED + 1,
  dryRun: false,
  shares: [
    { verdict: 'keep', bytes: 10, neededBytes: 4 },
    { verdict: 'condemn', bytes: 10, neededBytes: 0 },
    { verdict: 'repack', bytes: 10, neededBytes: 2 },
  ],
  waitingObjects: 0,
  waitingBytes: 0,
};

describe('bytesThatRemain', () => {
  it.each([
    [{}, 'freed'],
    [{ startedAtMs: undefined }, 'not-freed'],
    [{ startedAtMs: REMOVED }, 'not-freed'],
    [{ dryRun: true }, 'not-freed'],
    [{ waitingObjects: 1 }, 'waiting'],
    [{ waitingObjects: 1, startedAtMs: REMOVED }, 'not-freed'],
  ] as const)('after %j: %s', (change, standing) => {
    expect(bytesThatRemain({ ...done, ...change }, REMOVED).standing).toBe(standing);
  });

  it('tells how many nothing needs in packs that stay, and how many wait', () => {
    expect(bytesThatRemain({ ...done, waitingBytes: 7 }, REMOVED)).toMatchObject({ waitingBytes: 7, unneededBytes: 6 });
  });
});

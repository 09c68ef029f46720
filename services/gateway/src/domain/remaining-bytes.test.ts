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
  lockedBytes: 0,
  lockedUntilMs: 0,
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

  it('says until when bytes stay for a lock, and of no lock nothing', () => {
    const lockedUntilMs = Date.UTC(2031, 4, 6);
    const locked = { waitingObjects: 2, waitingBytes: 9, lockedBytes: 7, lockedUntilMs };
    const found = bytesThatRemain({ ...done, ...locked }, REMOVED);
    expect(found).toMatchObject({ standing: 'waiting', lockedBytes: 7, lockedUntilMs });
    expect(found.explanation).toContain('7 bytes of what waits locked, the last of them until 2031-05-06T');
    const free = bytesThatRemain(done, REMOVED);
    expect(free).not.toHaveProperty('lockedUntilMs');
    expect(free.explanation).not.toContain('locked,');
  });
});

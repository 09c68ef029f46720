import { describe, expect, it } from '@jest/globals';
import { bytesThatRemain, type FreedSoFar, type LeftByFreeing } from './remaining-bytes.js';
import { waitingInWords } from './waiting-in-words.js';

const nothing: LeftByFreeing = { hasEnded: true, snapshotsInUse: 0, packsToErase: 0 };
const one = { waitsFor: 'rest', objects: 1, untilMs: Date.UTC(2031, 0, 2) };
const done: FreedSoFar = {
  isErasing: false,
  shares: [
    { verdict: 'keep', bytes: 10, neededBytes: 4 },
    { verdict: 'condemn', bytes: 10, neededBytes: 0 },
    { verdict: 'repack', bytes: 10, neededBytes: 2 },
  ],
  waiting: [],
  waitingBytes: 0,
  lockedBytes: 0,
  lockedUntilMs: 0,
};

describe('bytesThatRemain', () => {
  it.each([
    [{}, {}, 'freed'],
    [{}, { hasEnded: false }, 'freed'],
    [{ isErasing: true }, { hasEnded: false }, 'not-freed'],
    [{ isErasing: true }, {}, 'waiting'],
    [{ waiting: [one] }, {}, 'waiting'],
    [{ waiting: [one], isErasing: true }, { hasEnded: false }, 'not-freed'],
  ] as const)('after %j and %j: %s', (change, left, standing) => {
    expect(bytesThatRemain({ ...done, ...change }, { ...nothing, ...left }).standing).toBe(standing);
  });

  it('tells how many nothing needs in packs that stay, and how many wait', () => {
    expect(bytesThatRemain({ ...done, waitingBytes: 7 }, nothing)).toMatchObject({ waitingBytes: 7, unneededBytes: 6 });
  });

  it('waits for what a freeing left in use', () => {
    const { explanation } = bytesThatRemain(
      { ...done, isErasing: true },
      { ...nothing, snapshotsInUse: 2, packsToErase: 3 },
    );
    expect(explanation).toMatch(/on were left \(2\).* hold other bytes too \(3\)/);
  });

  it('says for each thing that is waited for how many objects of all destinations do, and until when', () => {
    const later = { ...one, objects: 2, untilMs: Date.UTC(2031, 0, 3) };
    const behind = { waitsFor: 'copies', objects: 1, untilMs: 0 };
    const { explanation } = bytesThatRemain({ ...done, waiting: [one, behind, later] }, nothing);
    expect(explanation).toBe(
      'All is freed, and waits to be deleted. For readers, until 2031-01-03T00:00:00.000Z: 3 objects. ' +
        'For a destination that lacks copies of what came before, is behind or does not answer: 1 object.',
    );
  });

  it.each(['lock', 'unfinished', 'rest', 'copies', 'snapshots', 'another-try', 'turn'])(
    'has words for what waits for: %s',
    (waitsFor) => {
      const words = waitingInWords([{ ...one, waitsFor }]);
      expect(words).toMatch(/^ .*: 1 object\.$/);
      expect(words).not.toContain('newer');
    },
  );

  it('says until when bytes stay for a lock, and of no lock nothing', () => {
    const lockedUntilMs = Date.UTC(2031, 4, 6);
    const waiting = [{ waitsFor: 'lock', objects: 2, untilMs: lockedUntilMs }];
    const locked = { waiting, waitingBytes: 9, lockedBytes: 7, lockedUntilMs };
    const found = bytesThatRemain({ ...done, ...locked }, nothing);
    expect(found).toMatchObject({ standing: 'waiting', lockedBytes: 7, lockedUntilMs });
    expect(found.explanation).toContain(
      '7 bytes of what waits locked, or behind snapshots that are, the last of them until 2031-05-06T',
    );
    const free = bytesThatRemain(done, nothing);
    expect(free).not.toHaveProperty('lockedUntilMs');
    expect(free.explanation).not.toContain('locked,');
  });
});

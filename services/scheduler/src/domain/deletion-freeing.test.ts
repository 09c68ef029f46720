import { describe, expect, it } from '@jest/globals';
import { freeingTurn } from './deletion-freeing.js';

const HOUR = 3_600_000;
const AGAIN = 6 * HOUR;
const NOW = 100_000 * HOUR;
const REMOVED = NOW - 7 * HOUR;
const LATELY = NOW - AGAIN + 1;
const LONG_AGO = NOW - AGAIN;

describe('freeingTurn', () => {
  it('starts one where none was', () => {
    expect(freeingTurn({ removedAtMs: REMOVED }, NOW, AGAIN)).toBe('start');
  });

  it.each([
    ['running', undefined, 0, 0, 'wait'],
    ['stopping', undefined, 0, 0, 'wait'],
    ['completed', LATELY, 0, 0, 'done'],
    ['completed-with-warnings', LONG_AGO, 0, 0, 'done'],
    ['completed', LATELY, 1, 0, 'wait'],
    ['completed', LONG_AGO, 1, 0, 'start'],
    ['completed', LATELY, 0, 1, 'wait'],
    ['completed', LONG_AGO, 0, 1, 'start'],
    ['failed', LATELY, 0, 0, 'wait'],
    ['failed', LONG_AGO, 0, 0, 'start'],
    ['completed-with-errors', LONG_AGO, 0, 0, 'start'],
    ['stopped', LATELY, 0, 0, 'wait'],
    ['stopped', LONG_AGO, 0, 0, 'start'],
  ] as const)(
    'after one that is %s since %p with %d snapshots and %d packs left: %s',
    (state, finishedAtMs, snapshotsInUse, packsToErase, turn) => {
      const freeing = { state, snapshotsInUse, packsToErase, ...(finishedAtMs !== undefined && { finishedAtMs }) };
      expect(freeingTurn({ removedAtMs: REMOVED, freeing }, NOW, AGAIN)).toBe(turn);
    },
  );

  it.each([
    [24, 6],
    [48, 12],
    [28 * 24, 7 * 24],
    [365 * 24, 7 * 24],
  ])('of what has stayed for %d hours it starts the next after %d', (hoursSince, pause) => {
    const freeing = { state: 'completed', snapshotsInUse: 0, packsToErase: 1, finishedAtMs: NOW } as const;
    const of = { removedAtMs: NOW - hoursSince * HOUR, freeing };
    expect(freeingTurn(of, NOW + pause * HOUR - 1, AGAIN)).toBe('wait');
    expect(freeingTurn(of, NOW + pause * HOUR, AGAIN)).toBe('start');
  });
});

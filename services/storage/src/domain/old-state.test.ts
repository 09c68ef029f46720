import { describe, expect, it } from '@jest/globals';
import { isOldState } from './old-state.js';

describe('isOldState', () => {
  it.each([
    ['all that came last is lacking', { lost: 9, lostSnapshots: 2, olderHeld: 40, youngerHeld: 0 }, true],
    ['something young is there', { lost: 9, lostSnapshots: 2, olderHeld: 40, youngerHeld: 1 }, false],
    ['no snapshot is lacking', { lost: 9, lostSnapshots: 0, olderHeld: 40, youngerHeld: 0 }, false],
    ['the newest object alone is lacking', { lost: 1, lostSnapshots: 1, olderHeld: 40, youngerHeld: 0 }, false],
    ['it holds nothing at all', { lost: 49, lostSnapshots: 5, olderHeld: 0, youngerHeld: 0 }, false],
    ['it lacks nothing', { lost: 0, lostSnapshots: 0, olderHeld: 49, youngerHeld: 0 }, false],
  ])('of a destination where %s', (_, ages, expected) => {
    expect(isOldState(ages)).toBe(expected);
  });
});

import { describe, expect, it } from '@jest/globals';
import { decideCondemning, epochAfterBegin, mayDelete, mayLetGo } from './decide-freeing.js';

describe('mayLetGo', () => {
  const retired = { isRetired: true, readAt: undefined, isParentOfOpenTask: false };

  it.each([
    ['retention let it go', {}, true],
    ['retention keeps it', { isRetired: false }, false],
    ['a task may build on it', { isParentOfOpenTask: true }, false],
    ['somebody opened it lately', { readAt: 950 }, false],
    ['somebody opened it long ago', { readAt: 900 }, true],
  ])('where %s', (_what, standing, expected) => {
    expect(mayLetGo({ ...retired, ...standing }, 1000, 100)).toBe(expected);
  });
});

describe('epochAfterBegin', () => {
  it.each([
    ['nobody works on it', { epoch: 5, highestAtBegin: 7, isEpochOfOpenTask: false }, 6],
    ['an open task does', { epoch: 5, highestAtBegin: 7, isEpochOfOpenTask: true }, 5],
    ['somebody came since', { epoch: 8, highestAtBegin: 7, isEpochOfOpenTask: false }, 8],
  ])('where %s', (_what, chain, expected) => {
    expect(epochAfterBegin(chain)).toBe(expected);
  });
});

describe('decideCondemning', () => {
  const view = { hasUnmarked: false, isLive: true, isPinned: false, isNeededSince: false };

  it.each([
    ['nothing came in between', {}, 'condemn'],
    ['a snapshot was stored since', { hasUnmarked: true }, 'mark-first'],
    ['it is away, or condemned already', { isLive: false }, 'leave'],
    ['a task was told of it', { isPinned: true }, 'leave'],
    ['a snapshot needs it since', { isNeededSince: true }, 'leave'],
  ])('where %s', (_what, more, expected) => {
    expect(decideCondemning({ ...view, ...more })).toBe(expected);
  });
});

describe('mayDelete', () => {
  const view = { hasRested: true, isBehind: false, hasSnapshotFirst: false };

  it.each([
    ['it has rested', {}, true],
    ['it has not', { hasRested: false }, false],
    ['the destination is behind', { isBehind: true }, false],
    ['a snapshot goes first', { hasSnapshotFirst: true }, false],
  ])('where %s', (_what, more, expected) => {
    expect(mayDelete({ ...view, ...more })).toBe(expected);
  });
});

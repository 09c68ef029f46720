import { describe, expect, it } from '@jest/globals';
import { decidePack, type PackFacts } from './decide-pack.js';

const rule = { deadShare: 0.5, smallBytes: 100 };
const live: PackFacts = {
  bytes: 1000,
  neededChunks: 9,
  neededBytes: 900,
  isRecent: false,
  isInUse: false,
  isNamedByNewest: false,
  isBeforeDeletion: false,
  isMergeable: true,
};
const dead = { neededChunks: 0, neededBytes: 0 };
const small = { bytes: 99, neededBytes: 90 };

describe('decidePack', () => {
  it.each<[string, Partial<PackFacts>, string]>([
    ['most of it is needed', {}, 'keep needed'],
    ['nothing is needed', dead, 'condemn nothing-needed'],
    ['half of it is needed', { neededBytes: 500 }, 'repack mostly-dead'],
    ['a little more is needed', { neededBytes: 501 }, 'keep needed'],
    ['it is small', small, 'repack small'],
    ['it is small, and no other is', { ...small, isMergeable: false }, 'keep needed'],
    ['a little of it may have been deleted on request', { isBeforeDeletion: true }, 'repack deleted'],
    ['half of it may have been', { neededBytes: 500, isBeforeDeletion: true }, 'repack mostly-dead'],
    ['nothing of it was deleted', { neededBytes: 1000, isBeforeDeletion: true }, 'keep needed'],
    ['it is small and nothing was deleted', { ...small, neededBytes: 99, isBeforeDeletion: true }, 'repack small'],
    [
      'it is named, and came before a deletion',
      { isNamedByNewest: true, isBeforeDeletion: true },
      'keep named-by-newest',
    ],
    ['it came while somebody wrote', { ...dead, isRecent: true }, 'keep recent'],
    ['an open task builds on it', { ...dead, isInUse: true }, 'keep in-use'],
    ['the newest snapshot names it', { ...dead, isNamedByNewest: true }, 'keep named-by-newest'],
    ['it is small and named', { ...small, isNamedByNewest: true }, 'keep named-by-newest'],
  ])('where %s', (_what, facts, expected) => {
    const verdict = decidePack({ ...live, ...facts }, rule);
    expect(`${verdict.do} ${verdict.because}`).toBe(expected);
  });
});

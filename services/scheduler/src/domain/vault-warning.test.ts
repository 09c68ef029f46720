import { describe, expect, it } from '@jest/globals';
import type { JobKind } from './job-kind.js';
import { warningsFor, type VaultWarning } from './vault-warning.js';

const ALL: readonly VaultWarning[] = [
  { about: 'locks', text: 'Locks.' },
  { about: 'destination', text: 'Away.' },
];

describe('warningsFor', () => {
  it.each<[JobKind, readonly string[]]>([
    ['backup', ['Locks.', 'Away.']],
    ['rewriting', ['Locks.', 'Away.']],
    ['restore', ['Away.']],
    ['freeing', ['Away.']],
    ['rebuild', ['Away.']],
    ['check', ['Away.']],
    ['deletion', ['Away.']],
    ['retention', []],
  ])('tells a %s what concerns it', (kind, told) => {
    expect(warningsFor(kind, ALL)).toEqual(told);
  });
});

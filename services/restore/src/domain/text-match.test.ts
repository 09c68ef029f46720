import { describe, expect, it } from '@jest/globals';
import { MATCH_KINDS, type MatchKind, textMatcher } from './text-match.js';

const matches = (text: string, match: MatchKind, subject: string, isCaseSensitive = false) =>
  textMatcher({ text, match, isCaseSensitive })(subject);

describe('textMatcher', () => {
  it.each([
    ['contains', 'get', 'Budget 2026', true],
    ['contains', 'gett', 'Budget 2026', false],
    ['exact', 'budget', 'Budget', true],
    ['exact', 'budget', 'Budget 2', false],
    ['starts-with', 'bud', 'Budget', true],
    ['starts-with', 'get', 'Budget', false],
    ['ends-with', 'get', 'Budget', true],
    ['ends-with', 'bud', 'Budget', false],
  ] as const)('%s %j in %j: %s', (match, text, subject, expected) => {
    expect(matches(text, match, subject)).toBe(expected);
  });

  it('minds the case only when told to', () => {
    for (const match of MATCH_KINDS) {
      expect(matches('STRASSE', match, 'strasse')).toBe(true);
      expect(matches('STRASSE', match, 'strasse', true)).toBe(false);
    }
  });

  it('takes both forms of an umlaut for the same', () => {
    expect(matches('größe', 'exact', 'gro\u0308ße')).toBe(true);
  });

  it.each(['ΣΑΣ', 'σας', 'σασ', 'Σας'])('takes every sigma for the same letter, wherever it stands: %s', (text) => {
    for (const subject of ['ΣΑΣ.txt', 'σας.txt', 'ΟΣΑΣΕ', 'ὁ σας'])
      expect(matches(text, 'contains', subject)).toBe(true);
    expect(matches(text, 'exact', 'ΣΑΣ')).toBe(true);
    expect(matches('ς', 'exact', 'σ', true)).toBe(false);
  });

  it('matches everything with an empty pattern, and takes no sign for more than itself', () => {
    expect(matches('', 'exact', 'anything')).toBe(true);
    expect(matches('.*', 'contains', 'anything')).toBe(false);
  });
});

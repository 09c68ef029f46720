import { describe, expect, it } from '@jest/globals';
import { brokenNameRule, targetNames } from './target-folder.js';

const rule = (text: string, isDrive = true) => brokenNameRule(targetNames(text), { isDrive });

describe('brokenNameRule', () => {
  it.each(['', '/', 'Restored', '/Restored/2026/', 'a b', '.hidden', 'forms2', 'x/forms', 'console'])(
    'takes %j',
    (text) => {
      expect(rule(text)).toBeUndefined();
    },
  );

  it.each([
    ['a//b', /empty/],
    ['a /b', /space/],
    [' a', /space/],
    ['x'.repeat(201), /200 characters/],
    ['a/'.repeat(21), /20 names/],
  ])('refuses %j anywhere, by its own rule', (text, told) => {
    for (const isDrive of [true, false]) expect(rule(text, isDrive)).toMatch(told);
  });

  it.each([
    ['a:b*?', /without any of/],
    ['x/a\\b', /without any of/],
    ['x/a.', /dot at their end/],
    ['con', /reserve/],
    ['x/LPT1', /reserve/],
    ['~$a', /reserve/],
    ['a_vti_b', /reserve/],
    ['Forms', /reserve/],
  ])('refuses %j for a drive only', (text, told) => {
    expect(rule(text)).toMatch(told);
    expect(rule(text, false)).toBeUndefined();
  });
});

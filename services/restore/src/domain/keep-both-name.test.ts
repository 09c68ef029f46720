import { describe, expect, it } from '@jest/globals';
import { keepBothSuffix, withSuffix } from './keep-both-name.js';

describe('the name of a copy', () => {
  it('says the day before the extension, and counts from the second on', () => {
    const day = new Date('2026-01-05T12:00:00Z');
    expect(withSuffix('Budget.xlsx', keepBothSuffix(day, 1))).toBe('Budget (restored 2026-01-05).xlsx');
    expect(withSuffix('README', keepBothSuffix(day, 2))).toBe('README (restored 2026-01-05 2)');
    expect(withSuffix('.profile', keepBothSuffix(day, 1))).toBe('.profile (restored 2026-01-05)');
    expect(withSuffix('Budget.xlsx', '')).toBe('Budget.xlsx');
  });
});

import { describe, expect, it } from '@jest/globals';
import { parseMemoryOptions } from './options.js';

describe('parseMemoryOptions', () => {
  it('measures all cases at their full sizes unless told otherwise', () => {
    const { cases } = parseMemoryOptions([])!;
    expect(cases).toEqual([
      { name: 'mailbox', size: 1_000_000 },
      { name: 'drive', size: 500_000 },
      { name: 'file', size: 50 * 1024 ** 3 },
      { name: 'crowd', size: 50_000 },
      { name: 'slow-destination', size: 4_000 },
    ]);
  });

  it('takes one case and its size', () => {
    const args = ['--case', 'mailbox', '--items', '70', '--draw'];
    expect(parseMemoryOptions(args)).toEqual({ cases: [{ name: 'mailbox', size: 70 }], isDrawn: true });
  });

  it('measures a slice of every case', () => {
    for (const { size } of parseMemoryOptions(['--slice'])!.cases) expect(size).toBeGreaterThan(0);
  });

  it.each([
    [['--case', 'calendar'], /--case has to be one of mailbox/],
    [['--items', 'many'], /--items has to be a whole number/],
    [['--colour'], /--colour/],
  ])('refuses %j with its name and rule', (args, words) => {
    expect(() => parseMemoryOptions(args)).toThrow(words);
  });
});

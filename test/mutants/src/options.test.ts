import { describe, expect, it } from '@jest/globals';
import { chosen, parseMutantOptions } from './options.js';

const names = ['delta-page/drop', 'delta-page/swap', 'run/drop', 'run/swap'].map((name) => ({ name }));

describe('the options', () => {
  it('name seed, slice and one mutant', () => {
    expect(parseMutantOptions(['--seed', '7', '--every', '3'])).toEqual({
      seed: 7,
      only: undefined,
      every: 3,
      isListed: false,
    });
    expect(parseMutantOptions(['--help'])).toBeUndefined();
  });

  it.each([
    [['--seed', 'x'], '--seed has to be'],
    [['--nonsense'], "Unknown option '--nonsense'"],
  ])('refuse %j', (args, message) => {
    expect(() => parseMutantOptions(args)).toThrow(message);
  });

  it('choose one mutant, one stage or a slice', () => {
    const choose = (...args: string[]) =>
      chosen(names, parseMutantOptions(args) ?? { seed: 1, only: '', every: 1, isListed: false });
    expect(choose('--only', 'run/drop')).toEqual([{ name: 'run/drop' }]);
    expect(choose('--only', 'run')).toHaveLength(2);
    expect(choose('--every', '3')).toEqual([{ name: 'delta-page/drop' }, { name: 'run/swap' }]);
    expect(() => choose('--only', 'nothing')).toThrow('--only has to name');
  });
});

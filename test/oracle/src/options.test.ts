import { describe, expect, it } from '@jest/globals';
import { parseOracleOptions } from './options.js';

describe('the options of the oracle', () => {
  it('reads seeds and where to begin', () => {
    expect(parseOracleOptions(['--seeds', '1', '--from', '42'])).toEqual({
      seeds: 1,
      from: 42,
      parallel: 8,
      systems: 1,
      withinMs: 60_000,
      tally: undefined,
    });
    expect(parseOracleOptions(['--within', '300'])).toMatchObject({ withinMs: 300_000 });
    expect(parseOracleOptions(['--tally', 'docs/oracle.json'])).toMatchObject({ tally: 'docs/oracle.json' });
  });

  it.each([
    [['--seeds', '0'], '--seeds has to be a whole number from 1'],
    [['--within', 'long'], '--within has to be a whole number from 10'],
    [['--form', '1'], "Unknown option '--form'"],
  ])('refuses %j in words', (args, words) => {
    expect(() => parseOracleOptions(args)).toThrow(words);
  });
});

import { describe, expect, it } from '@jest/globals';
import { parseDemoOptions } from './options.js';

describe('the options of the demo', () => {
  it('has defaults for all', () => {
    expect(parseDemoOptions([])).toMatchObject({ seed: 7, isJson: false, isKept: false });
  });

  it('reads sizes and seed', () => {
    expect(parseDemoOptions(['--users', '3', '--messages', '9', '--files', '4', '--seed', '1', '--json'])).toEqual({
      seed: 1,
      users: 3,
      messages: 9,
      files: 4,
      isJson: true,
      isKept: false,
    });
  });

  it.each([
    [['--users', '1'], '--users has to be a whole number from 2 to 10000'],
    [['--messages', 'many'], "--messages has to be a whole number from 1 to 1000000, but is 'many'"],
    [['--userz', '3'], "Unknown option '--userz'"],
  ])('refuses %j in words', (args, words) => {
    expect(() => parseDemoOptions(args)).toThrow(words);
  });
});

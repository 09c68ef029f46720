import { describe, expect, it } from '@jest/globals';
import { parseStartOptions } from './options.js';

describe('parseStartOptions', () => {
  it('takes defaults, and settings that are up for setting only', () => {
    expect(
      parseStartOptions(['--data', '/var/lib/holdfast'], { CRAWLER_TASKS: '4', DATABASE_URL: 'postgres://x' }),
    ).toEqual({
      data: '/var/lib/holdfast',
      listen: '127.0.0.1:8080',
      logLevel: 'warn',
      isJson: false,
      settings: { CRAWLER_TASKS: '4' },
    });
  });

  it('answers nothing for --help', () => {
    expect(parseStartOptions(['--help'], {})).toBeUndefined();
  });

  it.each([
    [[], '--data has to name a folder'],
    [['--data', 'd', '--listen', '8080'], '--listen has to be host:port'],
    [['--data', 'd', '--log-level', 'loud'], '--log-level has to be one of'],
    [['--data', 'd', '--nonsense'], "Unknown option '--nonsense'"],
  ])('refuses %j', (args, message) => {
    expect(() => parseStartOptions(args, {})).toThrow(message);
  });
});

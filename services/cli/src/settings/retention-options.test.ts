import { retentionPolicy, type WireRetentionPolicy } from '@holdfast/contracts';
import { describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { retentionInWords, retentionOf, type RetentionOptions, withRetentionOptions } from './retention-options.js';

function parsed(...line: string[]) {
  const command = withRetentionOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return retentionOf(command.parse(line, { from: 'user' }).opts<RetentionOptions>());
}

describe('the options that say how long a set keeps what', () => {
  it.each<[string[], WireRetentionPolicy, string]>([
    [['--keep-days', '30', '--keep-jobs', '5'], { days: 30, jobs: 5 }, '30 days, 5 jobs'],
    [['--keep-daily', '14'], { daily: { count: 14 } }, '14 daily'],
    [
      ['--keep-daily', '14:monday,friday'],
      { daily: { count: 14, weekdays: ['monday', 'friday'] } },
      '14 daily (monday, friday)',
    ],
    [['--keep-weekly', '8'], { weekly: { count: 8, weekday: 'sunday' } }, '8 weekly (sunday)'],
    [['--keep-monthly', '12:31'], { monthly: { count: 12, on: { day: 31 } } }, '12 monthly (day 31)'],
    [
      ['--keep-monthly', '12:second-tuesday'],
      { monthly: { count: 12, on: { nth: 2, weekday: 'tuesday' } } },
      '12 monthly (second tuesday)',
    ],
    [
      ['--keep-quarterly', '8:1:first-monday'],
      { quarterly: { count: 8, month: 1, on: { nth: 1, weekday: 'monday' } } },
      '8 quarterly (first monday of month 1)',
    ],
    [
      ['--keep-yearly', '10'],
      { yearly: { count: 10, month: 12, on: { day: 'last' } } },
      '10 yearly (the last day of month 12)',
    ],
    [['--keep-everything'], {}, 'everything'],
  ])('reads %j', (line, policy, words) => {
    const read = parsed(...line);
    expect(read).toEqual(policy);
    expect(retentionPolicy.parse(read)).toEqual(policy);
    expect(retentionInWords(policy)).toBe(words);
  });

  it('says nothing where nothing was said', () => {
    expect(parsed()).toBeUndefined();
  });

  it.each([
    [['--keep-weekly', '8:noday']],
    [['--keep-weekly', '8:monday:1']],
    [['--keep-monthly', '12:fifth-monday']],
    [['--keep-days', '0']],
    [['--keep-everything', '--keep-days', '3']],
  ])('refuses %j', (line) => {
    expect(() => parsed(...line)).toThrow();
  });
});

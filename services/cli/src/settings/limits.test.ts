import { describe, expect, it } from '@jest/globals';
import { limitsFrom, limitsInWords } from './limits.js';

const zone = { limitTimeZone: 'Europe/Berlin' };
const before = {
  timeZone: 'UTC',
  limits: [{ from: '08:00', to: '18:00', days: ['mon'], mibPerSecond: 20 }],
  reads: true,
};

describe('limits from options', () => {
  it.each([
    ['08:00-18:00 mon-fri 20 MiB/s', ['mon', 'tue', 'wed', 'thu', 'fri'], 20],
    ['22:00-06:00 sat,sun 1.5MiB/s', ['sat', 'sun'], 1.5],
    ['00:00-24:00 sat-mon 5 MiB/s', ['sat', 'sun', 'mon'], 5],
    ['00:00-24:00 5 MiB/s', ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], 5],
  ])('reads %s', (text, days, mibPerSecond) => {
    expect(limitsFrom({ limit: [text], ...zone })).toMatchObject({
      timeZone: 'Europe/Berlin',
      limits: [{ from: text.slice(0, 5), to: text.slice(6, 11), days, mibPerSecond }],
    });
  });

  it.each([
    [{ limit: ['20 MiB/s'], ...zone }, "'20 MiB/s' is none"],
    [{ limit: ['08:00-18:00 monday 20 MiB/s'], ...zone }, 'names no days'],
    [{ limit: ['08:00-18:00 20 MiB/s'] }, 'In which time zone'],
    [{ limitReads: true }, 'go with --limit'],
    [{ unlimited: true, limitReads: true }, 'not both'],
  ])('refuses %j', (options, words) => {
    expect(() => limitsFrom(options)).toThrow(words);
  });

  it('leaves what is not said, and takes all away when told to', () => {
    expect(limitsFrom({}, before)).toEqual(before);
    expect(limitsFrom(zone, before)).toEqual({ ...before, timeZone: 'Europe/Berlin' });
    expect(limitsFrom({ unlimited: true }, before)).toBeUndefined();
    expect(limitsFrom({})).toBeUndefined();
  });

  it('are told in words', () => {
    expect(limitsInWords(before)).toBe('08:00-18:00 mon 20 MiB/s (UTC, reads too)');
    expect(limitsInWords(undefined)).toBe('');
  });
});

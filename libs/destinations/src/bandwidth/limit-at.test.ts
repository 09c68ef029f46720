import { describe, expect, it } from '@jest/globals';
import { type Bandwidth, bandwidth, WEEKDAYS } from './bandwidth-settings.js';
import { isLimitedWithin, limitAt } from './limit-at.js';

const MIB = 1024 * 1024;
const OFFICE = { from: '08:00', to: '18:00', days: ['mon', 'tue', 'wed', 'thu', 'fri'], mibPerSecond: 20 };
const NIGHT = { from: '22:00', to: '06:00', days: ['fri'], mibPerSecond: 5 };
const of = (limits: readonly object[], timeZone = 'Europe/Berlin'): Bandwidth => bandwidth.parse({ timeZone, limits })!;

describe('limitAt', () => {
  // 2025-01-06 is a Monday, 2025-01-11 a Saturday; Berlin is an hour ahead of UTC in winter.
  it.each([
    ['before it begins', '2025-01-06T06:59:59Z', undefined],
    ['when it begins', '2025-01-06T07:00:00Z', 20],
    ['just before it ends', '2025-01-06T16:59:59Z', 20],
    ['when it ends', '2025-01-06T17:00:00Z', undefined],
    ['on another day', '2025-01-11T10:00:00Z', undefined],
    ['in the night that begins on its day', '2025-01-10T21:00:00Z', 5],
    ['after midnight of that night', '2025-01-11T04:59:00Z', 5],
    ['in the morning after', '2025-01-11T05:00:00Z', undefined],
    ['in the night before its day', '2025-01-10T02:00:00Z', undefined],
  ])('knows what holds %s', (_what, instant, mib) => {
    expect(limitAt(of([OFFICE, NIGHT]), Date.parse(instant))).toBe(mib === undefined ? undefined : mib * MIB);
  });

  it('goes by the clock on the wall when summer time begins', () => {
    expect(limitAt(of([OFFICE]), Date.parse('2025-03-28T06:30:00Z'))).toBeUndefined();
    expect(limitAt(of([OFFICE]), Date.parse('2025-03-31T06:30:00Z'))).toBe(20 * MIB);
  });

  it('takes the first of several, and a whole day', () => {
    const always = { from: '00:00', to: '24:00', days: WEEKDAYS, mibPerSecond: 50 };
    const instant = Date.parse('2025-01-06T10:00:00Z');
    expect(limitAt(of([OFFICE, always]), instant)).toBe(20 * MIB);
    expect(limitAt(of([always, OFFICE]), instant)).toBe(50 * MIB);
    expect(limitAt(of([OFFICE, always]), Date.parse('2025-01-05T23:00:00Z'))).toBe(50 * MIB);
  });
});

describe('isLimitedWithin', () => {
  it('sees a limit that begins before the time is over', () => {
    const before = Date.parse('2025-01-06T06:55:00Z');
    expect(isLimitedWithin(of([OFFICE]), before, 4 * 60_000)).toBe(false);
    expect(isLimitedWithin(of([OFFICE]), before, 5 * 60_000)).toBe(true);
  });
});

describe('settings of a bandwidth', () => {
  it.each([
    ['a time zone that is none', { timeZone: 'Mars/Olympus', limits: [OFFICE] }, 'IANA time zone'],
    ['a time that is none', { timeZone: 'UTC', limits: [{ ...OFFICE, from: '8:00' }] }, 'time of day'],
    ['no time at all', { timeZone: 'UTC', limits: [{ ...OFFICE, to: '08:00' }] }, 'another time'],
    ['a day that is none', { timeZone: 'UTC', limits: [{ ...OFFICE, days: ['monday'] }] }, 'mon, tue'],
    ['a rate that nothing gets through', { timeZone: 'UTC', limits: [{ ...OFFICE, mibPerSecond: 0.1 }] }, 'at least 1'],
    ['no limit', { timeZone: 'UTC', limits: [] }, 'at least one limit'],
  ])('refuse %s', (_what, given, words) => {
    const parsed = bandwidth.safeParse(given);
    expect(parsed.error?.issues.map(({ message }) => message).join()).toContain(words);
  });
});

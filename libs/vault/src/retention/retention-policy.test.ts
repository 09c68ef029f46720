import { describe, expect, it } from '@jest/globals';
import { checkRetentionPolicy, type RetentionPolicy } from './retention-policy.js';

describe('checkRetentionPolicy', () => {
  it.each<[RetentionPolicy, string]>([
    [{ days: 0 }, 'days'],
    [{ jobs: 1.5 }, 'jobs'],
    [{ weekly: { count: -1, weekday: 'monday' } }, 'weekly.count'],
    [{ daily: { count: 1, weekdays: [] } }, 'daily.weekdays'],
    [{ monthly: { count: 1, on: { day: 32 } } }, 'monthly.on.day'],
    [{ quarterly: { count: 1, month: 4, on: { day: 1 } } }, 'quarterly.month'],
    [{ yearly: { count: 1, month: 0, on: { day: 1 } } }, 'yearly.month'],
  ])('names the field that is wrong (%j)', (policy, field) => {
    expect(() => checkRetentionPolicy(policy)).toThrow(`${field} of a retention policy`);
  });

  it('takes a policy of every rule', () => {
    const policy: RetentionPolicy = {
      days: 30,
      jobs: 10,
      daily: { count: 7 },
      weekly: { count: 5, weekday: 'sunday' },
      monthly: { count: 12, on: { nth: 'last', weekday: 'friday' } },
      quarterly: { count: 8, month: 3, on: { day: 'last' } },
      yearly: { count: 10, month: 12, on: { day: 31 } },
    };
    expect(checkRetentionPolicy(policy)).toBe(policy);
  });
});

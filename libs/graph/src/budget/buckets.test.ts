import { describe, expect, it } from '@jest/globals';
import { identityLimit, sharepointLimits } from './buckets.js';

describe('the documented limits', () => {
  it.each([
    [0, 1_250, 1_200_000],
    [1_000, 1_250, 1_200_000],
    [1_001, 2_500, 2_400_000],
    [15_000, 3_750, 3_600_000],
    [50_000, 5_000, 4_800_000],
    [500_000, 6_250, 6_000_000],
  ])('give a tenant of %d licences %d units a minute and %d a day', (licences, minute, day) => {
    const limits = sharepointLimits({ licences, users: 0 });
    expect([limits.minute.amount, limits.day.amount]).toEqual([minute, day]);
  });

  it.each([
    [49, 3_500],
    [50, 5_000],
    [500, 5_000],
    [501, 8_000],
  ])('give a directory of %d users %d units in ten seconds', (users, units) => {
    expect(identityLimit({ licences: 0, users }).amount).toBe(units);
  });
});

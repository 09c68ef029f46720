import type { SnapshotId } from '@holdfast/kernel';
import { expect, it } from '@jest/globals';
import { decideRetention, type RetainedSnapshot } from './decide-retention.js';
import type { RetentionPolicy } from './retention-policy.js';

const ZONE = 'Europe/Vienna';
const policy: RetentionPolicy = {
  days: 30,
  daily: { count: 14 },
  weekly: { count: 8, weekday: 'sunday' },
  monthly: { count: 24, on: { day: 'last' } },
  quarterly: { count: 12, month: 3, on: { nth: 'last', weekday: 'friday' } },
  yearly: { count: 7, month: 12, on: { day: 31 } },
};
/** In every week the machine is off for a night, and each August for ten. */
const isOff = (day: Temporal.PlainDate) => day.dayOfYear % 7 === 3 || (day.month === 8 && day.day <= 10);

it('keeps few and the right ones over ten years of nights, whatever was removed on the way', () => {
  const jobs: number[] = [];
  let snapshots: readonly RetainedSnapshot[] = [];
  let most = 0;
  for (let day = Temporal.PlainDate.from('2026-01-01'); day.year < 2036; day = day.add({ days: 1 })) {
    if (isOff(day)) continue;
    const jobStartedAt = day.toZonedDateTime({ timeZone: ZONE, plainTime: '02:30' }).epochMilliseconds;
    jobs.push(jobStartedAt);
    const chain = {
      snapshots: [...snapshots, { snapshot: day.toString() as SnapshotId, jobStartedAt }],
      isHeld: false,
    };
    const verdicts = decideRetention({ policy, timeZone: ZONE, now: jobStartedAt, jobs, chain });
    snapshots = chain.snapshots.filter((_, index) => verdicts[index]?.stays);
    most = Math.max(most, snapshots.length);
  }
  const kept = snapshots.map(({ snapshot }) => snapshot as string);
  expect(most).toBeLessThanOrEqual(31 + 8 + 24 + 12 + 7);
  // Years.
  expect(kept.filter((day) => day < '2033-01-01')).toEqual(['2029-12-31', '2030-12-31', '2031-12-31', '2032-12-31']);
  // Quarters, by their last Fridays, and the year.
  expect(kept.filter((day) => day >= '2033-01-01' && day < '2033-12-31')).toEqual([
    '2033-03-25',
    '2033-06-24',
    '2033-09-30',
    '2033-12-30',
  ]);
  expect(kept.at(-1)).toBe('2035-12-31');
}, 60_000);

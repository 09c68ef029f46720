import { z } from 'zod';

/** When a set's retention runs: after each of its backups that ended with what it could finish, or when somebody asks for it. */
export const RETENTION_RUNS = ['after-each-backup', 'on-request'] as const;
export const retentionRuns = z.enum(RETENTION_RUNS, { error: 'has to be after-each-backup or on-request' });
export type RetentionRuns = z.infer<typeof retentionRuns>;

/** A hundred years of days. */
const MOST = 36_525;
const whole = (least: number, most: number) => {
  const error = `has to be a whole number from ${least} to ${most}`;
  return z.int(error).min(least, error).max(most, error);
};
const periods = whole(1, MOST);

const weekday = z.enum(['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'], {
  error: 'has to be a weekday: monday to sunday',
});

const dayOfMonth = z.union(
  [
    z.strictObject({ day: z.union([whole(1, 31), z.literal('last')]) }).describe('In a shorter month its last day'),
    z.strictObject({ nth: z.literal([1, 2, 3, 4, 'last']), weekday }),
  ],
  { error: "has to be a day (1 to 31, or 'last'), or the nth (1 to 4, or 'last') of a weekday" },
);

/**
 * How long what a set has stored can be restored: a snapshot stays while any rule wants it; without a rule all stay. What each rule
 * means stands with RetentionPolicy of libs/vault/src/retention.
 */
export const retentionPolicy = z
  .strictObject({
    days: periods
      .optional()
      .describe('What was deleted or overwritten stays for so many days after the job that found it gone'),
    jobs: periods.optional().describe('The states as of so many newest jobs stay'),
    daily: z
      .strictObject({ count: periods, weekdays: z.array(weekday).min(1, 'has to name a weekday').max(7).optional() })
      .optional(),
    weekly: z.strictObject({ count: periods, weekday }).optional(),
    monthly: z.strictObject({ count: periods, on: dayOfMonth }).optional(),
    quarterly: z
      .strictObject({ count: periods, month: whole(1, 3).describe('Of the quarter'), on: dayOfMonth })
      .optional(),
    yearly: z.strictObject({ count: periods, month: whole(1, 12), on: dayOfMonth }).optional(),
  })
  .meta({ id: 'RetentionPolicy' });
/** As it travels and rests; without absent fields it is a RetentionPolicy of libs/vault. */
export type WireRetentionPolicy = z.infer<typeof retentionPolicy>;

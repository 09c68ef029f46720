import { z } from 'zod';

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const END = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const limit = z
  .strictObject({
    from: z.string().regex(TIME, 'has to be a time of day, such as 08:00').describe('When it begins, HH:MM'),
    to: z
      .string()
      .regex(END, 'has to be a time of day, such as 18:00, or 24:00')
      .describe('When it ends, HH:MM; before `from`: on the next day'),
    days: z
      .array(z.enum(WEEKDAYS, { error: 'has to be mon, tue, wed, thu, fri, sat or sun' }))
      .min(1, 'has to name at least one day')
      .max(7, 'has to name each day once')
      .describe('Days of the week on which it begins'),
    // Below, a pack takes longer than its sender and its place wait.
    mibPerSecond: z
      .number()
      .min(1, 'has to be at least 1')
      .max(100_000, 'has to be at most 100000')
      .describe('Mebibytes a second, of all processes together'),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], error: 'has to be another time than `from`' });

/** How fast a destination may be written to, by time of day. Where several limits hold at one time, the first does; where none does, there is none. */
export const bandwidth = z
  .strictObject({
    timeZone: z
      .string()
      .max(64, 'has to be at most 64 characters')
      .refine(isTimeZone, 'has to be an IANA time zone, such as Europe/Berlin')
      .describe('IANA time zone of the times of day'),
    limits: z.array(limit).min(1, 'has to hold at least one limit').max(20, 'has to hold at most 20 limits'),
    reads: z.boolean().default(false).describe('Whether what is read is limited as well, in the same sum'),
  })
  .optional()
  .describe('Limits of what is written there, by time of day; none when left out');

export type Bandwidth = Readonly<NonNullable<z.infer<typeof bandwidth>>>;

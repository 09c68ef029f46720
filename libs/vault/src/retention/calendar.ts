import {
  type DayOfMonth,
  type QuarterlyRule,
  type RetentionPolicy,
  type Weekday,
  WEEKDAYS,
  type YearlyRule,
} from './retention-policy.js';

/** The rules that keep one job of each period. */
export const PERIOD_RULES = ['daily', 'weekly', 'monthly', 'quarterly', 'yearly'] as const;
export type PeriodRule = (typeof PERIOD_RULES)[number];

/** A rule's view of a date: the period that it lies in, and the day of that period whose job is wanted. */
export interface Period {
  /** `2026-11-28`, `2026-W48`, `2026-11`, `2026-Q4`, `2026`. */
  readonly name: string;
  readonly begins: Temporal.PlainDate;
  readonly wanted: Temporal.PlainDate;
}

/** The date in an IANA time zone at which an instant (milliseconds) falls. */
export function localDate(instantMs: number, timeZone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(instantMs).toZonedDateTimeISO(timeZone).toPlainDate();
}

/** The first instant of a date, in milliseconds. */
export function startOf(date: Temporal.PlainDate, timeZone: string): number {
  return date.toZonedDateTime(timeZone).epochMilliseconds;
}

/** The same time of day so many calendar days earlier; in milliseconds. */
export function daysBefore(instantMs: number, days: number, timeZone: string): number {
  return Temporal.Instant.fromEpochMilliseconds(instantMs).toZonedDateTimeISO(timeZone).subtract({ days })
    .epochMilliseconds;
}

/** Undefined where the policy has no such rule, or the rule passes the date over. */
export function periodOf(rule: PeriodRule, date: Temporal.PlainDate, policy: RetentionPolicy): Period | undefined {
  switch (rule) {
    case 'daily':
      return policy.daily && dayOf(date, policy.daily.weekdays);
    case 'weekly':
      return policy.weekly && weekOf(date, policy.weekly.weekday);
    case 'monthly':
      return policy.monthly && monthOf(date, policy.monthly.on);
    case 'quarterly':
      return policy.quarterly && quarterOf(date, policy.quarterly);
    case 'yearly':
      return policy.yearly && yearOf(date, policy.yearly);
  }
}

function dayOf(date: Temporal.PlainDate, weekdays: readonly Weekday[] = WEEKDAYS): Period | undefined {
  const isWanted = weekdays.some((weekday) => numberOf(weekday) === date.dayOfWeek);
  return isWanted ? { name: date.toString(), begins: date, wanted: date } : undefined;
}

function weekOf(date: Temporal.PlainDate, weekday: Weekday): Period {
  const week = `${date.weekOfYear ?? 0}`.padStart(2, '0');
  const begins = date.subtract({ days: date.dayOfWeek - 1 });
  return {
    name: `${date.yearOfWeek ?? date.year}-W${week}`,
    begins,
    wanted: begins.add({ days: numberOf(weekday) - 1 }),
  };
}

function monthOf(date: Temporal.PlainDate, on: DayOfMonth): Period {
  const begins = date.with({ day: 1 });
  return { name: date.toPlainYearMonth().toString(), begins, wanted: dayIn(begins, on) };
}

function quarterOf(date: Temporal.PlainDate, { month, on }: QuarterlyRule): Period {
  const quarter = Math.ceil(date.month / 3);
  const begins = date.with({ day: 1, month: 3 * quarter - 2 });
  return { name: `${date.year}-Q${quarter}`, begins, wanted: dayIn(begins.add({ months: month - 1 }), on) };
}

function yearOf(date: Temporal.PlainDate, { month, on }: YearlyRule): Period {
  const begins = date.with({ day: 1, month: 1 });
  return { name: `${date.year}`, begins, wanted: dayIn(begins.add({ months: month - 1 }), on) };
}

/** The day asked for of the month in which `inMonth` lies. */
function dayIn(inMonth: Temporal.PlainDate, on: DayOfMonth): Temporal.PlainDate {
  if ('day' in on)
    return inMonth.with({ day: on.day === 'last' ? inMonth.daysInMonth : Math.min(on.day, inMonth.daysInMonth) });
  if (on.nth === 'last') {
    const last = inMonth.with({ day: inMonth.daysInMonth });
    return last.subtract({ days: (last.dayOfWeek - numberOf(on.weekday) + 7) % 7 });
  }
  const first = inMonth.with({ day: 1 });
  return first.add({ days: ((numberOf(on.weekday) - first.dayOfWeek + 7) % 7) + 7 * (on.nth - 1) });
}

/** As ISO 8601 counts: Monday is 1. */
const numberOf = (weekday: Weekday): number => WEEKDAYS.indexOf(weekday) + 1;

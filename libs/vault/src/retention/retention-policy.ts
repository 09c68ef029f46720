export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** A day of a month: its number, where a month that is shorter means its last; or the first to last of a weekday. */
export type DayOfMonth =
  { readonly day: number | 'last' } | { readonly nth: 1 | 2 | 3 | 4 | 'last'; readonly weekday: Weekday };

/** The newest `count` days with a job, of those weekdays alone that are named. */
export interface DailyRule {
  readonly count: number;
  /** Absent: every day. */
  readonly weekdays?: readonly Weekday[];
}

/** One job of each of the newest `count` weeks with a job. Weeks begin on Monday. */
export interface WeeklyRule {
  readonly count: number;
  readonly weekday: Weekday;
}

/** One job of each of the newest `count` months with a job. */
export interface MonthlyRule {
  readonly count: number;
  readonly on: DayOfMonth;
}

/** One job of each of the newest `count` quarters with a job. */
export interface QuarterlyRule {
  readonly count: number;
  /** Of the quarter, from 1 to 3. */
  readonly month: number;
  readonly on: DayOfMonth;
}

/** One job of each of the newest `count` years with a job. */
export interface YearlyRule {
  readonly count: number;
  /** From 1 (January) to 12. */
  readonly month: number;
  readonly on: DayOfMonth;
}

/**
 * How long what a set has stored can be restored. A snapshot stays while any rule wants it; without a rule all stay.
 * Periods without a job do not count, so a set that is paused loses nothing.
 */
export interface RetentionPolicy {
  /** What was deleted or overwritten at the source stays for this many calendar days after the job that found it gone. */
  readonly days?: number;
  /** The states as of the newest jobs. */
  readonly jobs?: number;
  readonly daily?: DailyRule;
  readonly weekly?: WeeklyRule;
  readonly monthly?: MonthlyRule;
  readonly quarterly?: QuarterlyRule;
  readonly yearly?: YearlyRule;
}

import { RETENTION_RUNS, type RetentionRuns, type WireRetentionPolicy } from '@holdfast/contracts';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../failure.js';
import { countFrom } from './parse-options.js';

const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
type Weekday = (typeof WEEKDAYS)[number];
type DayOfMonth = NonNullable<WireRetentionPolicy['monthly']>['on'];
const NTH = { first: 1, second: 2, third: 3, fourth: 4, last: 'last' } as const;

export interface RetentionOptions {
  readonly keepEverything?: boolean;
  readonly keepDays?: number;
  readonly keepJobs?: number;
  readonly keepDaily?: WireRetentionPolicy['daily'];
  readonly keepWeekly?: WireRetentionPolicy['weekly'];
  readonly keepMonthly?: WireRetentionPolicy['monthly'];
  readonly keepQuarterly?: WireRetentionPolicy['quarterly'];
  readonly keepYearly?: WireRetentionPolicy['yearly'];
  readonly retention?: RetentionRuns;
}

/** The options that say how long a set keeps what, and when what it does not keep goes. */
export function withRetentionOptions(command: Command): Command {
  return command
    .option('--keep-everything', 'never let a snapshot go')
    .option('--keep-days <count>', 'keep what was deleted or overwritten for so many days', countFrom)
    .option('--keep-jobs <count>', 'keep the states as of so many newest jobs', countFrom)
    .option('--keep-daily <rule>', '14, or 14:monday,friday for those days alone', dailyFrom)
    .option('--keep-weekly <rule>', '8, or 8:saturday; sunday when no day is named', weeklyFrom)
    .option(
      '--keep-monthly <rule>',
      '12, or 12:15, 12:last, 12:first-monday; the last day when none is named',
      monthlyFrom,
    )
    .option('--keep-quarterly <rule>', '8, or 8:MONTH:DAY with the month of the quarter, 1 to 3', quarterlyFrom)
    .option('--keep-yearly <rule>', '10, or 10:MONTH:DAY with the month, 1 to 12', yearlyFrom)
    .addOption(
      new Option(
        '--retention <when>',
        'when what no rule keeps goes: by itself after each backup (as a new set has it), or on request',
      ).choices(RETENTION_RUNS),
    );
}

/** The policy that the options describe; undefined where none was given. */
export function retentionOf(options: RetentionOptions): WireRetentionPolicy | undefined {
  const { keepEverything, keepDays, keepJobs, keepDaily, keepWeekly, keepMonthly, keepQuarterly, keepYearly } = options;
  const policy = {
    ...(keepDays !== undefined && { days: keepDays }),
    ...(keepJobs !== undefined && { jobs: keepJobs }),
    ...(keepDaily && { daily: keepDaily }),
    ...(keepWeekly && { weekly: keepWeekly }),
    ...(keepMonthly && { monthly: keepMonthly }),
    ...(keepQuarterly && { quarterly: keepQuarterly }),
    ...(keepYearly && { yearly: keepYearly }),
  };
  const isGiven = Object.keys(policy).length > 0;
  if (keepEverything !== true) return isGiven ? policy : undefined;
  if (isGiven) throw new UsageError('Give --keep-everything, or rules of what to keep; not both.');
  return {};
}

/** A policy in a few words. */
export function retentionInWords(policy: WireRetentionPolicy): string {
  const { days, jobs, daily, weekly, monthly, quarterly, yearly } = policy;
  const rules = [
    days !== undefined && `${days} days`,
    jobs !== undefined && `${jobs} jobs`,
    daily && `${daily.count} daily${daily.weekdays ? ` (${daily.weekdays.join(', ')})` : ''}`,
    weekly && `${weekly.count} weekly (${weekly.weekday})`,
    monthly && `${monthly.count} monthly (${dayInWords(monthly.on)})`,
    quarterly && `${quarterly.count} quarterly (${dayInWords(quarterly.on)} of month ${quarterly.month})`,
    yearly && `${yearly.count} yearly (${dayInWords(yearly.on)} of month ${yearly.month})`,
  ].filter((rule) => typeof rule === 'string');
  return rules.length === 0 ? 'everything' : rules.join(', ');
}

function dayInWords(on: DayOfMonth): string {
  if ('day' in on) return on.day === 'last' ? 'the last day' : `day ${on.day}`;
  const nth = Object.entries(NTH).find(([, value]) => value === on.nth)?.[0] ?? '';
  return `${nth} ${on.weekday}`;
}

function dailyFrom(text: string): WireRetentionPolicy['daily'] {
  const [count, days] = parts(text, 2);
  return { count: countFrom(count), ...(days !== undefined && { weekdays: days.split(',').map(weekdayFrom) }) };
}

function weeklyFrom(text: string): WireRetentionPolicy['weekly'] {
  const [count, day = 'sunday'] = parts(text, 2);
  return { count: countFrom(count), weekday: weekdayFrom(day) };
}

function monthlyFrom(text: string): WireRetentionPolicy['monthly'] {
  const [count, day = 'last'] = parts(text, 2);
  return { count: countFrom(count), on: dayFrom(day) };
}

function quarterlyFrom(text: string): WireRetentionPolicy['quarterly'] {
  const [count, month = '3', day = 'last'] = parts(text, 3);
  return { count: countFrom(count), month: countFrom(month), on: dayFrom(day) };
}

function yearlyFrom(text: string): WireRetentionPolicy['yearly'] {
  const [count, month = '12', day = 'last'] = parts(text, 3);
  return { count: countFrom(count), month: countFrom(month), on: dayFrom(day) };
}

function parts(text: string, most: number): readonly [string, ...string[]] {
  const [first = '', ...rest] = text.toLowerCase().split(':');
  if (rest.length < most) return [first, ...rest];
  throw new InvalidArgumentError(`Expected at most ${most} parts with : between them.`);
}

function weekdayFrom(text: string): Weekday {
  const weekday = WEEKDAYS.find((name) => name === text);
  if (weekday) return weekday;
  throw new InvalidArgumentError('Expected a weekday such as monday.');
}

function dayFrom(text: string): DayOfMonth {
  if (text === 'last') return { day: 'last' };
  const [nth = '', weekday] = text.split('-');
  if (weekday === undefined) return { day: countFrom(text) };
  if (!Object.hasOwn(NTH, nth))
    throw new InvalidArgumentError('Expected first, second, third, fourth or last before the weekday.');
  return { nth: NTH[nth as keyof typeof NTH], weekday: weekdayFrom(weekday) };
}

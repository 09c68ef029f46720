import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../failure.js';
import { listFrom } from './parse-options.js';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const LIMIT = /^(\d\d:\d\d)-(\d\d:\d\d)(?:\s+([a-z,-]+))?\s+(\d+(?:\.\d+)?)\s*MiB\/s$/;

export interface LimitOptions {
  readonly limit?: readonly string[];
  readonly limitTimeZone?: string;
  readonly limitReads?: boolean;
  readonly unlimited?: boolean;
}

/** The options that say how fast a destination may be written to. */
export function withLimitOptions(command: Command): Command {
  return command
    .option('--limit <limit>', "such as '08:00-18:00 mon-fri 20 MiB/s'; several: the first that holds", listFrom)
    .option('--limit-time-zone <zone>', 'IANA time zone of the limits, such as Europe/Berlin')
    .option('--limit-reads', 'limit what is read there as well')
    .option('--unlimited', 'no limit any more');
}

const limitsShape = z.object({
  timeZone: z.string(),
  limits: z.array(z.object({ from: z.string(), to: z.string(), days: z.array(z.string()), mibPerSecond: z.number() })),
  reads: z.boolean().optional(),
});
type Limits = z.infer<typeof limitsShape>;

/** The limits among a destination's settings. */
export function limitsIn(settings: object): Limits | undefined {
  return 'bandwidth' in settings ? limitsShape.parse(settings.bandwidth) : undefined;
}

export function limitsInWords(limits: Limits | undefined): string {
  if (!limits) return '';
  const each = limits.limits.map(({ from, to, days, mibPerSecond }) => {
    const on = days.length < DAYS.length ? ` ${days.join()}` : '';
    return `${from}-${to}${on} ${mibPerSecond} MiB/s`;
  });
  return `${each.join('; ')} (${limits.timeZone}${limits.reads === true ? ', reads too' : ''})`;
}

/** What the options make of limits as they were; undefined for none. */
export function limitsFrom(options: LimitOptions, before?: Limits): Limits | undefined {
  const { limit, limitTimeZone, limitReads, unlimited } = options;
  const isSaid = limit !== undefined || limitTimeZone !== undefined || limitReads !== undefined;
  if (unlimited === true) {
    if (isSaid) throw new UsageError('Give --unlimited, or limits, not both.');
    return undefined;
  }
  if (!isSaid) return before;
  const limits = limit?.map(limitFrom) ?? before?.limits;
  if (limits === undefined) throw new UsageError('--limit-time-zone and --limit-reads go with --limit.');
  const timeZone = limitTimeZone ?? before?.timeZone;
  if (timeZone === undefined)
    throw new UsageError('In which time zone do the limits hold? Give --limit-time-zone, such as Europe/Berlin.');
  return { timeZone, limits, reads: limitReads ?? before?.reads };
}

function limitFrom(text: string): Limits['limits'][number] {
  const [, from, to, days, rate] = LIMIT.exec(text.trim()) ?? [];
  if (from === undefined || to === undefined || rate === undefined)
    throw new UsageError(`--limit: '${text}' is none. Give one such as '08:00-18:00 mon-fri 20 MiB/s'.`);
  return { from, to, days: daysFrom(days), mibPerSecond: Number(rate) };
}

/** `mon-fri`, `sat,sun`, `fri-mon`; every day when nothing is said. */
function daysFrom(text: string | undefined): string[] {
  if (text === undefined) return [...DAYS];
  return [...new Set(text.split(',').flatMap(spanFrom))];
}

function spanFrom(span: string): readonly string[] {
  const [first, last = first, ...more] = span.split('-').map((name) => DAYS.findIndex((day) => day === name));
  if (first === undefined || last === undefined || first < 0 || last < 0 || more.length > 0)
    throw new UsageError(`--limit: '${span}' names no days. Give such as mon-fri, or sat,sun.`);
  return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, at) => DAYS[(first + at) % 7] ?? 'mon');
}

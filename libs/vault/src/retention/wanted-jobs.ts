import { localDate, type Period, PERIOD_RULES, type PeriodRule, periodOf, startOf } from './calendar.js';
import type { RetentionPolicy } from './retention-policy.js';

/** Why a job's state is kept. */
export type JobReason =
  { readonly rule: 'jobs' } | { readonly rule: PeriodRule; /** As in {@link Period}. */ readonly period: string };

/** The jobs whose states the policy's counting rules want, and why. `jobs` are the starts of the set's jobs in milliseconds, ascending. */
export function wantedJobs(
  policy: RetentionPolicy,
  jobs: readonly number[],
  timeZone: string,
): ReadonlyMap<number, readonly JobReason[]> {
  const wanted = new Map<number, JobReason[]>();
  const want = (job: number, reason: JobReason): void => {
    const reasons = wanted.get(job);
    if (reasons) reasons.push(reason);
    else wanted.set(job, [reason]);
  };
  if (policy.jobs !== undefined) for (const job of jobs.slice(-policy.jobs)) want(job, { rule: 'jobs' });
  for (const rule of PERIOD_RULES)
    for (const { job, period } of ofPeriods(rule, policy, { jobs, timeZone })) want(job, { rule, period });
  return wanted;
}

interface History {
  readonly jobs: readonly number[];
  readonly timeZone: string;
}

/** One job for each of the newest periods that have any; found by halving, so that a long history costs little. */
function* ofPeriods(
  rule: PeriodRule,
  policy: RetentionPolicy,
  history: History,
): Generator<{ readonly job: number; readonly period: string }> {
  const { jobs, timeZone } = history;
  let found = 0;
  let end = jobs.length;
  for (let last = jobs[end - 1]; last !== undefined && found < (policy[rule]?.count ?? 0); last = jobs[end - 1]) {
    const date = localDate(last, timeZone);
    const period = periodOf(rule, date, policy);
    const begin = firstFrom(jobs, startOf(period?.begins ?? date, timeZone));
    if (period) {
      yield { job: representative(period, history, { begin, end }), period: period.name };
      found += 1;
    }
    end = begin;
  }
}

/**
 * The last job of the wanted day; where that day has none the last before it, else the first after it. Once the day is over
 * the answer never changes, so nothing that went is missed later. `begin` to `end` are the places of the period's jobs, of which there is one.
 */
function representative(
  { wanted }: Period,
  { jobs, timeZone }: History,
  { begin, end }: { readonly begin: number; readonly end: number },
): number {
  const behind = Math.min(firstFrom(jobs, startOf(wanted.add({ days: 1 }), timeZone)), end);
  return jobs[Math.max(behind - 1, begin)] ?? 0;
}

/** The place of the first job that starts at or after an instant. */
function firstFrom(jobs: readonly number[], instantMs: number): number {
  let [low, high] = [0, jobs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((jobs[middle] ?? 0) < instantMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Attempts after which a task that keeps failing is parked with its reason. */
export const MAX_ATTEMPTS = 8;
/** The same while a destination or a service is away: about a day. */
export const MAX_ATTEMPTS_IN_OUTAGE = 300;
/** Times that a task begins anew because the packs it had written were lost. */
export const MAX_FRESH_STARTS = 3;

/** Workers in a row that were lost with a task, without a checkpoint in between; by then it is the task that ends them. */
export const MAX_LAPSES = 10;

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 10 * 60_000;
/** Shorter: whoever waits for a destination wants to go on when it is back. */
const LONGEST_WAIT_IN_OUTAGE_MS = 5 * 60_000;

/** Failures that say nothing about the task: what it needs is away, and comes back as it was. */
const OUTAGES: ReadonlySet<string> = new Set([
  'STORE_UNAVAILABLE',
  'STORE_FULL',
  'PACKS_LOST',
  'DEPENDENCY_UNAVAILABLE',
]);

export interface Failure {
  readonly code: string;
  /** Attempts made since the task moved forward last, this one included. */
  readonly attempts: number;
  /** Times that the task has begun anew, this one included. */
  readonly freshStarts: number;
  /** Whether trying again can help. */
  readonly canRetry: boolean;
  /** What the other side asked to wait; 0 when it did not say. */
  readonly retryAfterMs: number;
}

export type AfterFailure = { readonly do: 'retry'; readonly afterMs: number } | { readonly do: 'park' };

/** What follows a task's failure: a later attempt, or the parking place. Waits double and end at some minutes, or as asked. */
export function afterFailure({ code, attempts, freshStarts, canRetry, retryAfterMs }: Failure): AfterFailure {
  const isOutage = OUTAGES.has(code);
  const limit = isOutage ? MAX_ATTEMPTS_IN_OUTAGE : MAX_ATTEMPTS;
  if (!canRetry || attempts >= limit || freshStarts > MAX_FRESH_STARTS) return { do: 'park' };
  const longest = isOutage ? LONGEST_WAIT_IN_OUTAGE_MS : LONGEST_WAIT_MS;
  const backoffMs = Math.min(FIRST_WAIT_MS * 2 ** Math.max(0, attempts - 1), longest);
  return { do: 'retry', afterMs: Math.max(backoffMs, retryAfterMs) };
}

/** Attempts after which a task that keeps failing is parked with its reason. */
export const MAX_ATTEMPTS = 8;

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 10 * 60_000;

export interface Failure {
  /** Attempts made, this one included. */
  readonly attempts: number;
  /** Whether trying again can help. */
  readonly canRetry: boolean;
  /** What the other side asked to wait; 0 when it did not say. */
  readonly retryAfterMs: number;
}

export type AfterFailure = { readonly do: 'retry'; readonly afterMs: number } | { readonly do: 'park' };

/** What follows a task's failure: a later attempt, or the parking place. Waits double and end at ten minutes, or as asked. */
export function afterFailure({ attempts, canRetry, retryAfterMs }: Failure): AfterFailure {
  if (!canRetry || attempts >= MAX_ATTEMPTS) return { do: 'park' };
  const backoffMs = Math.min(FIRST_WAIT_MS * 2 ** Math.max(0, attempts - 1), LONGEST_WAIT_MS);
  return { do: 'retry', afterMs: Math.max(backoffMs, retryAfterMs) };
}

import type { RandomBytes } from '@holdfast/kernel';
import type { GraphFailure } from '../graph-failure.js';
import { causeCode } from './cause-code.js';

export interface RetryLimits {
  /** Failures that usually pass: the last one is final. */
  readonly tries: number;
  /** Times that the service only asks to wait. */
  readonly throttledTries: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

export const RETRY_LIMITS: RetryLimits = {
  tries: 8,
  throttledTries: 20,
  firstWaitMs: 400,
  longestWaitMs: 60_000,
};

/** Answers that hardly ever change: the last one is final. */
const FEW_TRIES = 3;

/**
 * How a request has failed so far. Each kind of failure is counted by itself: a damaged answer after two broken connections is the first
 * of its kind, and a connection that breaks after an hour of throttling is no reason to give up.
 */
export class Tries {
  readonly #failed = { throttled: 0, none: 0, little: 0, full: 0 };

  /** Counts a failure; answers how many of its kind there were, this one included. */
  count({ code, patience }: GraphFailure): number {
    return (this.#failed[code === 'GRAPH_THROTTLED' ? 'throttled' : patience] += 1);
  }
}

export interface FailedTry {
  readonly failure: GraphFailure;
  /** As {@link Tries} counts: 1 at the first failure of its kind. */
  readonly tried: number;
  /** Whether doing it twice harms nothing. Else only what was surely not done is repeated. */
  readonly isRepeatable: boolean;
}

/** Milliseconds until the next try, or undefined when the failure is final. What the service asked for has no upper bound. */
export function waitBeforeRetry(failed: FailedTry, limits: RetryLimits, random: RandomBytes): number | undefined {
  const { failure, tried } = failed;
  if (!failed.isRepeatable && !wasSurelyNotDone(failure)) return undefined;
  if (tried >= triesFor(failure, limits)) return undefined;
  const backOff = Math.min(limits.longestWaitMs, limits.firstWaitMs * 2 ** (tried - 1));
  const jittered = backOff * (0.5 + fraction(random) / 2);
  const asked = failure.details.retryAfterMs;
  return asked === undefined ? jittered : asked + limits.firstWaitMs * fraction(random);
}

function triesFor(failure: GraphFailure, limits: RetryLimits): number {
  if (failure.code === 'GRAPH_THROTTLED') return limits.throttledTries;
  switch (failure.patience) {
    case 'none':
      return 1;
    case 'little':
      return FEW_TRIES;
    case 'full':
      return limits.tries;
  }
}

const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

function wasSurelyNotDone(failure: GraphFailure): boolean {
  if (failure.code === 'GRAPH_THROTTLED') return true;
  if (failure.status === 503 && failure.details.retryAfterMs !== undefined) return true;
  return failure.status === 0 && NEVER_CONNECTED.has(causeCode(failure.details.cause));
}

/** A number from 0 up to and without 1. */
function fraction(random: RandomBytes): number {
  const bytes = random(2);
  return ((bytes[0] ?? 0) * 256 + (bytes[1] ?? 0)) / 65_536;
}

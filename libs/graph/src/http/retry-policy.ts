import type { RandomBytes } from '@holdfast/kernel';
import type { GraphFailure } from '../graph-failure.js';
import { causeCode } from './cause-code.js';

export interface RetryLimits {
  /** Tries in all for failures that usually pass. */
  readonly tries: number;
  /** Tries in all while the service only asks to wait. */
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

/** Tries in all for answers that hardly ever change. */
const FEW_TRIES = 3;

export interface FailedTry {
  readonly failure: GraphFailure;
  /** 1 after the first try. */
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

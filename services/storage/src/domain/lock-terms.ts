/** What a lock of an object that is needed has to be like. Instants in milliseconds since the epoch. */
export interface LockTerms {
  /** A lock that ends then, or before, is extended. */
  readonly needed: number;
  /** To then. */
  readonly until: number;
  /** When a lock that ends at `end` has to be looked at again. */
  readonly dueAt: (end: number) => number;
}

/**
 * Half of a lock's time is its margin: so long may storage or the destination be away before anything that is needed lies unlocked. More
 * would cost more requests, less would leave less time to notice.
 */
export function lockTermsAt(now: number, lockMs: number): LockTerms {
  const marginMs = Math.floor(lockMs / 2);
  return { needed: now + marginMs, until: now + lockMs, dueAt: (end) => end - marginMs };
}

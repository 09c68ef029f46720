/**
 * When the grant of a lease ends, as its claim `exp` says: in seconds since the epoch. A lease ends by PostgreSQL's clock, and whoever
 * checks a grant goes by another. The later of that clock and scheduler's own decides, so that one wrong clock makes no grant that is
 * over when it is given: a task whose workers were refused again and again would be given up. One that outlives its lease opens nothing
 * once another has the task, for its epoch is lower.
 */
export function grantEnd(times: {
  readonly leaseEndsAtMs: number;
  readonly nowMs: number;
  readonly leaseMs: number;
}): number {
  const { leaseEndsAtMs, nowMs, leaseMs } = times;
  return Math.floor(Math.max(leaseEndsAtMs, nowMs + leaseMs) / 1_000);
}

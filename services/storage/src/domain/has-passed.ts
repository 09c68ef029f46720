/**
 * Whether a span has passed since an instant, all in milliseconds. Of a clock that was set back since nobody knows; then it counts as passed,
 * so that nothing waits until the clock has come there again.
 */
export function hasPassed(since: number, spanMs: number, now: number): boolean {
  return now < since || now - since >= spanMs;
}

/** How much a bucket allows in any stretch of `windowMs`, in requests, resource units or bytes. */
export interface WindowLimit {
  readonly amount: number;
  readonly windowMs: number;
}

/** A window is counted in this many slots: what was used is forgotten at most one slot late, never early. */
export const SLOTS_PER_WINDOW = 20;

export interface SlotUse {
  /** Whole milliseconds since the epoch: a multiple of the slot's length, rounded down. */
  readonly startMs: number;
  readonly used: number;
}

/** The slot that a moment falls into. */
export function slotStart(limit: WindowLimit, nowMs: number): number {
  const slotMs = limit.windowMs / SLOTS_PER_WINDOW;
  return Math.floor(Math.floor(nowMs / slotMs) * slotMs);
}

/** The oldest slot that still counts at a moment: use in it may have happened within the window. */
export function oldestCounting(limit: WindowLimit, nowMs: number): number {
  return Math.floor(slotStart(limit, nowMs) - limit.windowMs);
}

export interface Available {
  readonly amount: number;
  /** Milliseconds until more is there; 0 while something is. */
  readonly waitMs: number;
}

/**
 * What a bucket still allows. A slot's use counts until a whole window has passed since the slot's end, so that whatever
 * window Microsoft counts in (fixed, sliding or a bucket of tokens), it never sees more than the limit.
 */
export function available(limit: WindowLimit, uses: readonly SlotUse[], nowMs: number): Available {
  const counting = uses.filter(({ startMs, used }) => used > 0 && startMs >= oldestCounting(limit, nowMs));
  const amount = limit.amount - counting.reduce((sum, { used }) => sum + used, 0);
  if (amount >= 1) return { amount: Math.floor(amount), waitMs: 0 };
  const oldest = Math.min(...counting.map(({ startMs }) => startMs));
  const slotMs = limit.windowMs / SLOTS_PER_WINDOW;
  return { amount: 0, waitMs: Math.max(1, Math.ceil(oldest + limit.windowMs + slotMs - nowMs)) };
}

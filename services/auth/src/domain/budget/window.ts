/** How much a bucket allows in any stretch of `windowMs`, in requests, resource units or bytes. */
export interface WindowLimit {
  readonly amount: number;
  readonly windowMs: number;
}

/** A window is counted in this many slots, unless they would be shorter than what a clock and an event loop tell apart. */
const SLOTS_PER_WINDOW = 120;
const SHORTEST_SLOT_MS = 50;

/** What was told in one slot: its start in whole milliseconds since the epoch, and how much. */
export type SlotUse = readonly [startMs: number, used: number];

export function slotMs({ windowMs }: WindowLimit): number {
  return Math.max(windowMs / SLOTS_PER_WINDOW, SHORTEST_SLOT_MS);
}

/** The slot that a moment falls into. */
export function slotStart(limit: WindowLimit, nowMs: number): number {
  return Math.floor(Math.floor(nowMs / slotMs(limit)) * slotMs(limit));
}

export function nextSlotAt(limit: WindowLimit, nowMs: number): number {
  return Math.ceil((Math.floor(nowMs / slotMs(limit)) + 1) * slotMs(limit));
}

/**
 * When use told in a slot no longer counts: a whole window after the slot's end. Use is told after the answers came, so what
 * Microsoft received lies before it, and no span of the window's length ever receives more than the limit.
 */
export function freeAt(limit: WindowLimit, startMs: number): number {
  return Math.ceil(startMs + slotMs(limit) + limit.windowMs);
}

/** The uses that still count. */
export function counting(limit: WindowLimit, uses: readonly SlotUse[], nowMs: number): readonly SlotUse[] {
  return uses.filter(([startMs]) => freeAt(limit, startMs) > nowMs);
}

/** The uses with one more, in the order of their slots. */
export function withUse(
  limit: WindowLimit,
  uses: readonly SlotUse[],
  { atMs, amount }: { readonly atMs: number; readonly amount: number },
): readonly SlotUse[] {
  if (amount <= 0) return uses;
  const start = slotStart(limit, atMs);
  const same = uses.find(([startMs]) => startMs === start);
  if (same) return uses.map((use) => (use === same ? [start, use[1] + amount] : use));
  return [...uses, [start, amount] as const].toSorted(([one], [other]) => one - other);
}

export function sumOf(uses: readonly SlotUse[]): number {
  return uses.reduce((sum, [, used]) => sum + used, 0);
}

import { available, oldestCounting, slotStart, SLOTS_PER_WINDOW } from './budget-window.js';
import type { Available, SlotUse, WindowLimit } from './budget-window.js';

/** What a task is for, as its grant says. */
export type Lane = 'restore' | 'increment' | 'first-full';

/** What lanes that wait side by side get of a window: a restore is waited for by a person, a first full runs for days. */
const WEIGHTS: Readonly<Record<Lane, number>> = { restore: 6, increment: 3, 'first-full': 1 };
/** How full a lane may make a window: what is above is there at once when a lane above it begins. */
const CEILINGS: Readonly<Record<Lane, number>> = { restore: 1, increment: 0.975, 'first-full': 0.95 };
/** Of what is free when a slot begins, the lanes below restore take at most this part in that slot. */
const PACE = 1 / 4;

/** What one lane took in one slot. */
export interface LaneUse extends SlotUse {
  readonly lane: Lane;
}

export interface LaneAsk {
  readonly lane: Lane;
  /** The lanes that took or waited just now. */
  readonly active: ReadonlySet<Lane>;
  /** Whether many tasks share the window, so that one lane's rush would keep the others waiting for a whole window. */
  readonly isShared: boolean;
}

/**
 * What a window still allows to one lane. Never more than is left of the limit; less while another lane that waits has not had
 * its share. A lane that waits alone may have all, but for what its ceiling leaves to the lanes above it.
 */
export function laneShare(limit: WindowLimit, uses: readonly LaneUse[], ask: LaneAsk, nowMs: number): Available {
  const counting = uses.filter(({ startMs }) => startMs >= oldestCounting(limit, nowMs));
  const all = available(limit, counting, nowMs);
  if (all.waitMs > 0) return all;
  const kept = keptForOthers(limit, counting, ask);
  const ceiling = ask.isShared ? limit.amount * (1 - CEILINGS[ask.lane]) : 0;
  const free = Math.min(all.amount - Math.max(kept, ceiling), paced(limit, counting, ask, nowMs));
  return free >= 1 ? { amount: Math.floor(free), waitMs: 0 } : { amount: 0, waitMs: untilNextSlot(limit, nowMs) };
}

/** What the other active lanes have not had of their shares. */
function keptForOthers(limit: WindowLimit, uses: readonly LaneUse[], { lane, active }: LaneAsk): number {
  const others = [...active].filter((other) => other !== lane);
  const weights = others.reduce((sum, other) => sum + WEIGHTS[other], WEIGHTS[lane]);
  return others.reduce((sum, other) => {
    const share = (limit.amount * WEIGHTS[other]) / weights;
    return sum + Math.max(0, share - usedBy(uses, (use) => use.lane === other));
  }, 0);
}

/** Spreads use over the window, so that some of it becomes free with every slot. */
function paced(limit: WindowLimit, uses: readonly LaneUse[], { lane, isShared }: LaneAsk, nowMs: number): number {
  if (!isShared || lane === 'restore') return Infinity;
  const slot = slotStart(limit, nowMs);
  const freeAtStart = limit.amount - usedBy(uses, ({ startMs }) => startMs < slot);
  const takenSince = usedBy(uses, (use) => use.startMs >= slot && use.lane !== 'restore');
  return Math.max(limit.amount / SLOTS_PER_WINDOW, freeAtStart * PACE) - takenSince;
}

function usedBy(uses: readonly LaneUse[], isCounted: (use: LaneUse) => boolean): number {
  return uses.reduce((sum, use) => sum + (isCounted(use) ? use.used : 0), 0);
}

function untilNextSlot(limit: WindowLimit, nowMs: number): number {
  const slotMs = limit.windowMs / SLOTS_PER_WINDOW;
  return Math.max(1, Math.ceil((Math.floor(nowMs / slotMs) + 1) * slotMs - nowMs));
}

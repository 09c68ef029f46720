import type { WindowLimit } from './buckets.js';

/** A window's use, fit to be kept in a table: amounts by slot number, one slot being `perMs / SLOTS` milliseconds. */
export type WindowUse = readonly (readonly [slot: number, amount: number])[];

const SLOTS = 120;

/**
 * Counts use so that no span of `perMs` ever holds more than `amount`: the strictest reading of a documented limit, which
 * also keeps fixed windows and token buckets of that size. Use is rounded up to slots, so at most 1/120 is left unused.
 */
export class SlidingWindow {
  readonly #slotMs: number;
  /** Ascending slots with their amounts; what the window has left behind is dropped on the next call. */
  #uses: [slot: number, amount: number][];
  #used: number;

  constructor(
    readonly limit: WindowLimit,
    use: WindowUse = [],
  ) {
    this.#slotMs = limit.perMs / SLOTS;
    this.#uses = use.map(([slot, amount]) => [slot, amount]);
    this.#used = use.reduce((sum, [, amount]) => sum + amount, 0);
  }

  /** Milliseconds until `amount` more would fit; 0 when it fits at once. More than the whole limit fits an empty window. */
  waitMs(now: number, amount: number): number {
    this.#forget(now);
    let over = this.#used + Math.min(amount, this.limit.amount) - this.limit.amount;
    if (over <= 0) return 0;
    for (const [slot, used] of this.#uses) {
      over -= used;
      if (over <= 0) return Math.max(1, Math.ceil((slot + SLOTS + 1) * this.#slotMs - now));
    }
    return this.limit.perMs;
  }

  take(now: number, amount: number): void {
    this.#forget(now);
    const slot = Math.floor(now / this.#slotMs);
    const last = this.#uses.at(-1);
    if (last !== undefined && last[0] >= slot) last[1] += amount;
    else this.#uses.push([slot, amount]);
    this.#used += amount;
  }

  /** Corrects the count upwards to what the service itself says was used. */
  raiseTo(now: number, used: number): void {
    this.#forget(now);
    if (used > this.#used) this.take(now, used - this.#used);
  }

  used(now: number): number {
    this.#forget(now);
    return this.#used;
  }

  /** The use that still counts, for keeping. */
  use(now: number): WindowUse {
    this.#forget(now);
    return this.#uses.map(([slot, amount]) => [slot, amount] as const);
  }

  #forget(now: number): void {
    const oldest = Math.floor(now / this.#slotMs) - SLOTS;
    let first = this.#uses[0];
    while (first !== undefined && first[0] < oldest) {
      this.#used -= first[1];
      this.#uses.shift();
      first = this.#uses[0];
    }
  }
}

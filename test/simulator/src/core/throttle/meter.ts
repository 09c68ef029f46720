/** How a documented number per span of time is enforced; the pages do not say, so it is a switch. */
export const ALGORITHMS = ['fixed-window', 'sliding-window', 'token-bucket'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export interface MeterReading {
  /** Units used of the limit after this call. */
  readonly used: number;
  readonly isOver: boolean;
  /** Milliseconds of simulated time until a call of one unit would pass; 0 when it would now. */
  readonly waitMs: number;
  /** Milliseconds until the limit is whole again. */
  readonly resetMs: number;
}

/** Counts one budget. A call over the limit is counted too (docs: SharePoint throttling page, "throttled requests count"). */
export interface Meter {
  take(units: number, at: number): MeterReading;
}

/** A meter of `limit` units per `windowMs`. */
export function makeMeter(algorithm: Algorithm, limit: number, windowMs: number): Meter {
  switch (algorithm) {
    case 'fixed-window':
      return new FixedWindow(limit, windowMs);
    case 'sliding-window':
      return new SlidingWindow(limit, windowMs);
    case 'token-bucket':
      return new TokenBucket(limit, windowMs);
  }
}

class FixedWindow implements Meter {
  #startedAt = Number.NEGATIVE_INFINITY;
  #used = 0;

  constructor(
    private readonly limit: number,
    private readonly windowMs: number,
  ) {}

  take(units: number, at: number): MeterReading {
    if (at >= this.#startedAt + this.windowMs || at < this.#startedAt) {
      this.#startedAt = at;
      this.#used = 0;
    }
    this.#used += units;
    const resetMs = this.#startedAt + this.windowMs - at;
    const isOver = this.#used > this.limit;
    return { used: this.#used, isOver, waitMs: isOver ? resetMs : 0, resetMs };
  }
}

/** Sixty slots approximate the true sliding window within a sixtieth of its length, at a fixed size. */
const SLOTS = 60;

class SlidingWindow implements Meter {
  readonly #slots = new Float64Array(SLOTS);
  #slot = Number.NEGATIVE_INFINITY;
  #used = 0;
  readonly #slotMs: number;

  constructor(
    private readonly limit: number,
    windowMs: number,
  ) {
    this.#slotMs = windowMs / SLOTS;
  }

  take(units: number, at: number): MeterReading {
    const slot = Math.floor(at / this.#slotMs);
    this.#forget(slot);
    this.#used += units;
    this.#slots[slot % SLOTS] = (this.#slots[slot % SLOTS] ?? 0) + units;
    const isOver = this.#used > this.limit;
    return {
      used: this.#used,
      isOver,
      waitMs: isOver ? this.#waitMs(slot, at) : 0,
      resetMs: this.#freeAt(slot + SLOTS) - at,
    };
  }

  #freeAt(slot: number): number {
    return slot * this.#slotMs;
  }

  #forget(slot: number): void {
    if (slot - this.#slot >= SLOTS || slot < this.#slot) {
      this.#slots.fill(0);
      this.#used = 0;
    } else {
      for (let passed = this.#slot + 1; passed <= slot; passed += 1) {
        this.#used -= this.#slots[passed % SLOTS] ?? 0;
        this.#slots[passed % SLOTS] = 0;
      }
    }
    this.#slot = slot;
  }

  #waitMs(slot: number, at: number): number {
    let used = this.#used;
    for (let oldest = slot - SLOTS + 1; oldest <= slot; oldest += 1) {
      used -= this.#slots[((oldest % SLOTS) + SLOTS) % SLOTS] ?? 0;
      if (used < this.limit) return this.#freeAt(oldest + SLOTS) - at;
    }
    return this.#freeAt(slot + SLOTS) - at;
  }
}

class TokenBucket implements Meter {
  #level: number;
  #filledAt: number | undefined;

  constructor(
    private readonly limit: number,
    private readonly windowMs: number,
  ) {
    this.#level = limit;
  }

  take(units: number, at: number): MeterReading {
    const passedMs = Math.max(0, at - (this.#filledAt ?? at));
    this.#filledAt = at;
    const perMs = this.limit / this.windowMs;
    // The floor bounds the punishment of a client that keeps hammering to a tenth of the window.
    this.#level = Math.max(Math.min(this.limit, this.#level + passedMs * perMs) - units, -this.limit / 10);
    const isOver = this.#level < 0;
    const used = this.limit - this.#level;
    return { used, isOver, waitMs: isOver ? (1 - this.#level) / perMs : 0, resetMs: used / perMs };
  }
}

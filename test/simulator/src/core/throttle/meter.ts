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

/** A sliding window tells times apart by this part of its length, so that its memory has a bound. */
const STEPS = 10_000;

interface Use {
  readonly step: number;
  units: number;
}

/** No span of the window's length passes more than the limit. A use counts until the window has passed since the end of its step. */
class SlidingWindow implements Meter {
  #uses: Use[] = [];
  /** Index of the oldest use that counts: those before it are cut off now and then. */
  #oldest = 0;
  #used = 0;
  readonly #stepMs: number;

  constructor(
    private readonly limit: number,
    windowMs: number,
  ) {
    this.#stepMs = windowMs / STEPS;
  }

  take(units: number, at: number): MeterReading {
    const step = Math.floor(at / this.#stepMs);
    this.#forget(step);
    this.#used += units;
    const last = this.#uses.at(-1);
    if (last?.step === step) last.units += units;
    else this.#uses.push({ step, units });
    const isOver = this.#used > this.limit;
    return {
      used: this.#used,
      isOver,
      waitMs: isOver ? this.#waitMs(at) : 0,
      resetMs: this.#freeAt(step) - at,
    };
  }

  #freeAt(step: number): number {
    return (step + 1 + STEPS) * this.#stepMs;
  }

  #forget(step: number): void {
    if (step < (this.#uses.at(-1)?.step ?? step)) this.#clear();
    for (let use = this.#uses[this.#oldest]; use && use.step + STEPS < step; use = this.#uses[this.#oldest]) {
      this.#used -= use.units;
      this.#oldest += 1;
    }
    if (this.#oldest > STEPS) {
      this.#uses = this.#uses.slice(this.#oldest);
      this.#oldest = 0;
    }
  }

  /** A clock that was set back has lived none of this. */
  #clear(): void {
    this.#uses = [];
    this.#oldest = 0;
    this.#used = 0;
  }

  #waitMs(at: number): number {
    let used = this.#used;
    let freeAt = at;
    for (let index = this.#oldest; used >= this.limit && index < this.#uses.length; index += 1) {
      const { step, units } = this.#uses[index] ?? { step: 0, units: 0 };
      used -= units;
      freeAt = this.#freeAt(step);
    }
    return freeAt - at;
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

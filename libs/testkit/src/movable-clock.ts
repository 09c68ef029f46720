import { Clock } from '@holdfast/kernel';

interface Sleeper {
  wakeAt: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is moved; sleepers wake in the order of their times, each at its own time. */
export class MovableClock extends Clock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  /** Starts at a fixed instant unless told otherwise, so that a test says the same every day. */
  constructor(startAt: Date | number = Date.UTC(2025, 0, 1)) {
    super();
    this.#now = Number(startAt);
  }

  override now(): number {
    return this.#now;
  }

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason as Error);
      };
      const wake = () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const sleeper: Sleeper = { wakeAt: this.#now + ms, wake };
      if (signal?.aborted) {
        abort();
        return;
      }
      signal?.addEventListener('abort', abort, { once: true });
      if (ms > 0) this.#sleepers.add(sleeper);
      else wake();
    });
  }

  /** The time of day is set back; who sleeps sleeps no longer for that, as with a computer's timers. */
  setBack(ms: number): void {
    this.#now -= ms;
    for (const sleeper of this.#sleepers) sleeper.wakeAt -= ms;
  }

  /** How many wait. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  /** Moves on, waking whoever is due on the way, and lets what they do next run before the next one wakes. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settle();
      const next = [...this.#sleepers].sort((a, b) => a.wakeAt - b.wakeAt)[0];
      if (!next || next.wakeAt > until) break;
      this.#sleepers.delete(next);
      this.#now = next.wakeAt;
      next.wake();
    }
    this.#now = until;
    await settle();
  }

  /** Moves to the next sleeper's time and wakes it; waits for one to come when there is none. */
  async advanceToNext(): Promise<void> {
    while (this.#sleepers.size === 0) await settle();
    const next = Math.min(...[...this.#sleepers].map((sleeper) => sleeper.wakeAt));
    await this.advance(next - this.#now);
  }
}

/** One turn of the event loop: promises and I/O callbacks that are ready have run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

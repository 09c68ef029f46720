import type { Clock } from '@holdfast/kernel';
import type { BudgetDemand } from './request-budget.port.js';
import type { SlidingWindow } from './sliding-window.js';

interface Waiting {
  readonly demand: BudgetDemand;
  readonly admit: () => void;
}

/** A window and how much of it a demand takes. */
export interface Meter {
  readonly window: SlidingWindow;
  readonly amount: (demand: BudgetDemand) => number;
}

export interface ScopeOptions {
  readonly meters: readonly Meter[];
  /** Requests at the same time, at most. */
  readonly concurrent: number;
}

/** One mailbox, or one metered service of the tenant: lets demands through in order as its windows, its concurrency and its fence allow. */
export class BudgetScope {
  readonly #queue: Waiting[] = [];
  #inFlight = 0;
  #fencedUntil = 0;
  #alarm: AbortController | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly options: ScopeOptions,
  ) {}

  /** Nothing waits, runs, fences or counts: the scope may be forgotten. */
  get isIdle(): boolean {
    const now = this.clock.now();
    return (
      this.#queue.length === 0 &&
      this.#inFlight === 0 &&
      this.#fencedUntil <= now &&
      this.options.meters.every((meter) => meter.window.used(now) === 0)
    );
  }

  enter(demand: BudgetDemand, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const leave = () => {
        this.#queue.splice(this.#queue.indexOf(waiting), 1);
        reject(signal?.reason as Error);
        this.#pump();
      };
      const waiting: Waiting = {
        demand,
        admit: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#queue.push(waiting);
      this.#pump();
    });
  }

  leave(): void {
    this.#inFlight -= 1;
    this.#pump();
  }

  /** Lets nothing through for `ms` from now. */
  fence(ms: number): void {
    this.#fencedUntil = Math.max(this.#fencedUntil, this.clock.now() + ms);
  }

  #pump(): void {
    this.#alarm?.abort();
    this.#alarm = undefined;
    let next = this.#queue[0];
    while (next !== undefined && this.#inFlight < this.options.concurrent) {
      const waitMs = this.#waitMs(next.demand);
      if (waitMs > 0) {
        this.#wakeIn(waitMs);
        return;
      }
      this.#queue.shift();
      this.#inFlight += 1;
      this.#take(next.demand);
      next.admit();
      next = this.#queue[0];
    }
  }

  #waitMs(demand: BudgetDemand): number {
    const now = this.clock.now();
    const waits = this.options.meters.map((meter) => meter.window.waitMs(now, meter.amount(demand)));
    return Math.max(0, this.#fencedUntil - now, ...waits);
  }

  #take(demand: BudgetDemand): void {
    const now = this.clock.now();
    for (const meter of this.options.meters) {
      const amount = meter.amount(demand);
      if (amount > 0) meter.window.take(now, amount);
    }
  }

  #wakeIn(ms: number): void {
    const alarm = new AbortController();
    this.#alarm = alarm;
    this.clock.sleep(ms, alarm.signal).then(
      () => this.#pump(),
      () => undefined,
    );
  }
}

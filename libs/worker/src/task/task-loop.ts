import type { Clock } from '@holdfast/kernel';
import type { Logger } from '@holdfast/platform';
import type { Lease } from './task-desk.js';

export interface TaskLoopOptions {
  /** Tasks that are worked on at the same time. */
  readonly tasks: number;
  /** Work that nobody rang for is looked for this often, in milliseconds. */
  readonly lookMs: number;
  /** A task that waits although nobody rang for it; undefined when none does. */
  readonly leaseNext: () => Promise<Lease | undefined>;
  /** Works on a task to its end, and never rejects; `stop` gives it back to be leased by another. */
  readonly work: (lease: Lease, stop: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Works on tasks, so many at a time. Bells are answered at once and the work goes on behind them, so that none waits for a
 * resource; the task table keeps what there is to do. A second ring finds the task leased or done.
 */
export class TaskLoop {
  readonly #stop = new AbortController();
  /** Places that are taken: each from the question for a lease to the end of the work, or until none comes. */
  readonly #places = new Set<Promise<void>>();
  readonly #looking: Promise<void>;

  constructor(private readonly options: TaskLoopOptions) {
    this.#looking = this.#keepLooking();
  }

  /** Answers a bell: waits for room, then works on what `lease` gives. */
  async answer(lease: () => Promise<Lease | undefined>, signal: AbortSignal): Promise<void> {
    while (this.#isFull) {
      signal.throwIfAborted();
      await Promise.race(this.#places);
    }
    await this.#take(lease);
  }

  /** Takes no more, and resolves when what runs has been given back. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#looking;
    await Promise.all(this.#places);
  }

  get #isFull(): boolean {
    return this.#places.size >= this.options.tasks;
  }

  /** Takes a place before it asks for a lease: whoever looks for room while the answer is on its way finds it taken. */
  #take(ask: () => Promise<Lease | undefined>): Promise<Lease | undefined> {
    const asked = ask();
    const place = asked
      .then(
        (lease) => lease && this.options.work(lease, this.#stop.signal),
        // Whoever asked is told.
        () => undefined,
      )
      .finally(() => this.#places.delete(place));
    this.#places.add(place);
    return asked;
  }

  /** A bell may have been lost, and a lapsed lease rings only now and then. */
  async #keepLooking(): Promise<void> {
    const { clock, lookMs } = this.options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const hasTaken = !this.#isFull && (await this.#takeNext());
      if (!hasTaken) await clock.sleep(lookMs, signal).catch(() => undefined);
    }
  }

  /** Whether there was a task to take. */
  async #takeNext(): Promise<boolean> {
    try {
      return (await this.#take(this.options.leaseNext)) !== undefined;
    } catch (error) {
      this.options.logger.warn('Scheduler could not be asked for work', { error });
      return false;
    }
  }
}

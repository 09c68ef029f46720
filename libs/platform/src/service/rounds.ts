import type { Clock } from '@holdfast/kernel';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from '../logging/logger.js';

export interface RoundsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long to rest between two rounds. */
  readonly intervalMs: number;
}

/**
 * Work that a service does round after round while it runs, beside what it is asked for. Rounds never overlap; one that fails is
 * logged and the next one follows in its time; a shutdown waits for the round that is under way.
 */
export abstract class Rounds implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  protected constructor(private readonly options: RoundsOptions) {}

  /** One round; answers whether the next one is due at once. */
  protected abstract round(): Promise<boolean>;

  onApplicationBootstrap(): void {
    this.#running = this.#repeat();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #repeat(): Promise<void> {
    const { clock, intervalMs } = this.options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const isMoreDue = await this.#tryRound();
      if (!isMoreDue) await clock.sleep(intervalMs, signal).catch(() => undefined);
    }
  }

  async #tryRound(): Promise<boolean> {
    try {
      return await this.round();
    } catch (error) {
      this.options.logger.warn('A round of work failed; the next one follows', { work: this.constructor.name, error });
      return false;
    }
  }
}

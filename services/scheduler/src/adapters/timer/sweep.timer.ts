import { Clock } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Sweep } from '../../app/sweep.js';

/** How long after one sweep the next begins. */
export abstract class SweepInterval {
  abstract readonly ms: number;
}

/** Sweeps again and again while the service runs. */
@Injectable()
export class SweepTimer implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly sweep: Sweep,
    private readonly interval: SweepInterval,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.#running = this.#repeat();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #repeat(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.sweep
        .run()
        .catch((error: unknown) => this.logger.warn('A sweep failed; the next one follows', { error }));
      await this.clock.sleep(this.interval.ms, this.#stop.signal).catch(() => undefined);
    }
  }
}

import { Clock } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DiscardVault } from '../../app/discard-vault.js';

const INTERVAL_MS = 60_000;

/** Takes back, minute by minute, vaults that could not be taken back at once. */
@Injectable()
export class DiscardTimer implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly discard: DiscardVault,
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
    const { signal } = this.#stop;
    for (;;) {
      await this.clock.sleep(INTERVAL_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      await this.discard
        .sweep()
        .catch((error: unknown) => this.logger.warn('Vaults to discard could not be looked up', { error }));
    }
  }
}

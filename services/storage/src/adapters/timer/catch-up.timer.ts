import { Clock } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { ClearLeftVaults } from '../../app/clear-left-vaults.js';
import { CopyDueObjects } from '../../app/copy-due-objects.js';

/** How long to rest when no copy is due. */
export abstract class CatchUpInterval {
  abstract readonly ms: number;
}

/** Brings destinations up to date, round after round while there is work: copies that are due, and vaults that were discarded. */
@Injectable()
export class CatchUpTimer implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly copyDueObjects: CopyDueObjects,
    private readonly clearLeftVaults: ClearLeftVaults,
    private readonly interval: CatchUpInterval,
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
    while (!signal.aborted) {
      const isMoreDue = await this.#round();
      await this.clearLeftVaults.run().catch((error: unknown) => {
        this.logger.warn('Discarded vaults could not be looked up', { error });
      });
      if (!isMoreDue) await this.clock.sleep(this.interval.ms, signal).catch(() => undefined);
    }
  }

  async #round(): Promise<boolean> {
    try {
      const { copied, failed } = await this.copyDueObjects.run();
      for (const { copy, error } of failed)
        this.logger.warn('A destination could not be brought up to date; it is tried again', {
          tenantId: copy.tenantId,
          vaultId: copy.vaultId,
          destinationId: copy.to,
          error,
        });
      return copied > 0;
    } catch (error) {
      this.logger.warn('Copies that are due could not be looked up', { error });
      return false;
    }
  }
}

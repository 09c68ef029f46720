import { Clock } from '@holdfast/kernel';
import { Logger, Rounds } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { ClearLeftVaults } from '../../app/clear-left-vaults.js';
import { CopyDueObjects } from '../../app/copy-due-objects.js';

/** How long to rest when no copy is due. */
export abstract class CatchUpInterval {
  abstract readonly ms: number;
}

/** Brings destinations up to date, round after round while there is work: copies that are due, and vaults that were discarded. */
@Injectable()
export class CatchUpTimer extends Rounds {
  constructor(
    private readonly copyDueObjects: CopyDueObjects,
    private readonly clearLeftVaults: ClearLeftVaults,
    interval: CatchUpInterval,
    clock: Clock,
    private readonly logger: Logger,
  ) {
    super({ clock, logger, intervalMs: interval.ms });
  }

  protected override async round(): Promise<boolean> {
    await this.clearLeftVaults.run().catch((error: unknown) => {
      this.logger.warn('Discarded vaults could not be looked up', { error });
    });
    return this.#copy();
  }

  async #copy(): Promise<boolean> {
    const { copied, failed } = await this.copyDueObjects.run();
    for (const { copy, error } of failed)
      this.logger.warn('A destination could not be brought up to date; it is tried again', {
        tenantId: copy.tenantId,
        vaultId: copy.vaultId,
        destinationId: copy.to,
        error,
      });
    return copied > 0;
  }
}

import { Clock } from '@holdfast/kernel';
import { Logger, Rounds } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { ClearLeftVaults } from '../../app/clear-left-vaults.js';
import { CopyDueObjects } from '../../app/copy-due-objects.js';
import { DeleteCondemned } from '../../app/delete-condemned.js';

/** How long to rest when nothing is due. */
export abstract class CatchUpInterval {
  abstract readonly ms: number;
}

/** Brings destinations up to date, round after round while there is work: copies, deletions, and vaults that were discarded. */
@Injectable()
export class CatchUpTimer extends Rounds {
  constructor(
    private readonly copyDueObjects: CopyDueObjects,
    private readonly clearLeftVaults: ClearLeftVaults,
    private readonly deleteCondemned: DeleteCondemned,
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
    const isDeleting = await this.#delete();
    return (await this.#copy()) || isDeleting;
  }

  async #delete(): Promise<boolean> {
    try {
      return (await this.deleteCondemned.run()) > 0;
    } catch (error) {
      this.logger.warn('Objects that nothing needs could not be looked up', { error });
      return false;
    }
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

import { Clock } from '@holdfast/kernel';
import { Logger, Rounds } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { ClearLeftVaults } from '../../app/clear-left-vaults.js';
import { CatchUpInterval, CopyDueObjects, type EndedCopy } from '../../app/copy-due-objects.js';
import { DeleteCondemned } from '../../app/delete-condemned.js';
import { ExtendLocks } from '../../app/extend-locks.js';
import { HurryReturned } from '../../app/hurry-returned.js';

/** Copies after which discarded vaults and deletions are looked for again. */
const COPIES_A_ROUND = 16;

/** Brings destinations up to date, round after round while there is work: copies, deletions, locks, and vaults that were discarded. */
@Injectable()
export class CatchUpTimer extends Rounds {
  constructor(
    private readonly copyDueObjects: CopyDueObjects,
    private readonly clearLeftVaults: ClearLeftVaults,
    private readonly deleteCondemned: DeleteCondemned,
    private readonly extendLocks: ExtendLocks,
    private readonly hurryReturned: HurryReturned,
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
    this.hurryReturned.run();
    const isDeleting = await this.#delete();
    const isLocking = await this.#lock();
    return (await this.#copy()) || isDeleting || isLocking;
  }

  async #lock(): Promise<boolean> {
    try {
      return await this.extendLocks.run();
    } catch (error) {
      this.logger.warn('Locks that have to be extended could not be looked up', { error });
      return false;
    }
  }

  async #delete(): Promise<boolean> {
    try {
      return (await this.deleteCondemned.run()) > 0;
    } catch (error) {
      this.logger.warn('Objects that nothing needs could not be looked up', { error });
      return false;
    }
  }

  override async onApplicationShutdown(): Promise<void> {
    await super.onApplicationShutdown();
    await Promise.all([this.copyDueObjects.finish(), this.hurryReturned.finish()]);
  }

  async #hurryOverlong(): Promise<void> {
    try {
      const copies = await this.copyDueObjects.hurryOverlong();
      if (copies > 0) this.logger.warn("The database's clock went back; copies rest no longer for it", { copies });
    } catch (error) {
      this.logger.warn('Copies that rest for too long could not be looked up', { error });
    }
  }

  async #copy(): Promise<boolean> {
    await this.#hurryOverlong();
    for (let copies = 0; copies < COPIES_A_ROUND; copies++) {
      const { isUnderWay, ended } = await this.copyDueObjects.run();
      if (ended) this.#tell(ended);
      if (!isUnderWay) return false;
    }
    return true;
  }

  #tell({ copy: { tenantId, vaultId, to: destinationId }, error, isUnread = false }: EndedCopy): void {
    if (error === undefined) return;
    if (!isUnread) this.hurryReturned.noteFailure(destinationId);
    const ids = { tenantId, vaultId, destinationId };
    this.logger.warn('A destination could not be brought up to date; it is tried again', { ...ids, error });
  }
}

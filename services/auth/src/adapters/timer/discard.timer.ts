import { Clock } from '@holdfast/kernel';
import { Logger, Rounds } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { DiscardVault } from '../../app/discard-vault.js';

/** How long after one sweep the next begins. */
export abstract class DiscardInterval {
  abstract readonly ms: number;
}

/** Takes back, again and again, vaults that could not be taken back at once. */
@Injectable()
export class DiscardTimer extends Rounds {
  constructor(
    private readonly discard: DiscardVault,
    interval: DiscardInterval,
    clock: Clock,
    logger: Logger,
  ) {
    super({ clock, logger, intervalMs: interval.ms });
  }

  protected override async round(): Promise<boolean> {
    await this.discard.sweep();
    return false;
  }
}

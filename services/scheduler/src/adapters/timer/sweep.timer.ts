import { Clock } from '@holdfast/kernel';
import { Logger, Rounds } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { Sweep } from '../../app/sweep.js';

/** How long after one sweep the next begins. */
export abstract class SweepInterval {
  abstract readonly ms: number;
}

/** Sweeps again and again while the service runs. */
@Injectable()
export class SweepTimer extends Rounds {
  constructor(
    private readonly sweep: Sweep,
    interval: SweepInterval,
    clock: Clock,
    logger: Logger,
  ) {
    super({ clock, logger, intervalMs: interval.ms });
  }

  protected override async round(): Promise<boolean> {
    await this.sweep.run();
    return false;
  }
}

import { Clock } from '@holdfast/kernel';
import { Logger, Rounds } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { StartSamples } from '../../app/start-samples.js';

/** Turns come once a day. */
const INTERVAL_MS = 60_000;

/** Looks for vaults whose daily sample is due while the service runs. */
@Injectable()
export class SamplesTimer extends Rounds {
  constructor(
    private readonly startSamples: StartSamples,
    clock: Clock,
    logger: Logger,
  ) {
    super({ clock, logger, intervalMs: INTERVAL_MS });
  }

  protected override async round(): Promise<boolean> {
    await this.startSamples.run();
    return false;
  }
}

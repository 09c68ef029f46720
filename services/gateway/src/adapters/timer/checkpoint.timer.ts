import { Clock } from '@holdfast/kernel';
import { Logger, Rounds } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { AppendToTrail } from '../../app/append-to-trail.js';

/** How long after one telling of trails' ends the next comes. */
export abstract class CheckpointInterval {
  abstract readonly ms: number;
}

/** Has the log told of the ends of trails again and again, and once more when the gateway stops. */
@Injectable()
export class CheckpointTimer extends Rounds {
  constructor(
    private readonly trails: AppendToTrail,
    interval: CheckpointInterval,
    clock: Clock,
    logger: Logger,
  ) {
    super({ clock, logger, intervalMs: interval.ms });
  }

  override async onApplicationShutdown(): Promise<void> {
    await super.onApplicationShutdown();
    this.trails.tellEnds();
  }

  protected override async round(): Promise<boolean> {
    this.trails.tellEnds();
    return false;
  }
}

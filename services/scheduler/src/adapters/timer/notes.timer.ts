import { Clock } from '@holdfast/kernel';
import { Logger, Rounds } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { KeepNotes } from '../../app/keep-notes.js';
import { SweepInterval } from './sweep.timer.js';

/** Tells vaults of sets and jobs while the service runs. */
@Injectable()
export class NotesTimer extends Rounds {
  constructor(
    private readonly keepNotes: KeepNotes,
    interval: SweepInterval,
    clock: Clock,
    logger: Logger,
  ) {
    super({ clock, logger, intervalMs: interval.ms });
  }

  protected override round(): Promise<boolean> {
    return this.keepNotes.run();
  }
}

import { emptyTaskReport } from '@holdfast/contracts';
import { Clock } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { type Lease, NO_PROGRESS, performTask, TaskDesk } from '@holdfast/worker';
import { Injectable } from '@nestjs/common';
import { ApplyRetention, type RetentionCounts } from './apply-retention.js';

/** Works on one leased task of a job that keeps a vault in order. */
@Injectable()
export class KeepHouse {
  constructor(
    private readonly desk: TaskDesk,
    private readonly applyRetention: ApplyRetention,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Never rejects for what happens to the task; `stop` gives it back to be leased by another. */
  async run(lease: Lease, stop: AbortSignal): Promise<void> {
    const counts: RetentionCounts = { resources: 0, kept: 0, retired: 0 };
    const { desk, clock, logger } = this;
    await performTask(
      lease,
      stop,
      { desk, clock, logger },
      {
        progress: () => ({ ...NO_PROGRESS, itemsDone: counts.resources }),
        run: async (held) => {
          await this.applyRetention.run(held, counts);
          const housekeeping = { snapshotsKept: counts.kept, snapshotsRetired: counts.retired };
          return { outcome: 'completed', report: { ...emptyTaskReport, housekeeping } };
        },
      },
    );
  }
}

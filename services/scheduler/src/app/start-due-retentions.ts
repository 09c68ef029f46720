import { isAppError, type BackupSetId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { DueRetentions, type DueRetention } from './due-retentions.port.js';
import { jobAfter } from './job-of-turn.js';
import { StartHousekeeping } from './start-housekeeping.js';

/** Sets that are looked at together. */
const PAGE = 500;

/**
 * Starts the retention of each set in which a backup has ended, where the set wants that. A backup has one retention however often, and
 * by however many schedulers, it is tried: its job's id follows from the backup's.
 */
@Injectable()
export class StartDueRetentions {
  constructor(
    private readonly due: DueRetentions,
    private readonly startHousekeeping: StartHousekeeping,
    private readonly logger: Logger,
  ) {}

  /** Answers how many it started. */
  async run(): Promise<number> {
    let started = 0;
    for (let after: BackupSetId | undefined; ;) {
      const page = await this.due.page(after, PAGE);
      for (const one of page) if (await this.#start(one)) started += 1;
      after = page.at(-1)?.backupSetId;
      if (after === undefined) return started;
    }
  }

  /** One set whose retention cannot start keeps no other waiting; it is tried again in the next round. */
  async #start(one: DueRetention): Promise<boolean> {
    const { tenantId, backupSetId, afterJobId } = one;
    const wanted = { kind: 'retention', dryRun: false, afterJobId } as const;
    try {
      await this.startHousekeeping.run(tenantId, backupSetId, wanted, jobAfter(afterJobId));
      await this.due.started(one);
      return true;
    } catch (error) {
      // A retention of the set runs, which may have begun before the backup ended; or the set was deleted a moment ago.
      if (isAppError(error, 'FAILED_PRECONDITION') || isAppError(error, 'NOT_FOUND')) return false;
      this.logger.warn('The retention after a backup could not be started; it is tried again', {
        tenantId,
        backupSetId,
        error,
      });
      return false;
    }
  }
}

import { Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { DatabaseClock } from './database-clock.port.js';
import { EndLeftOpen } from './end-left-open.js';
import { FailTask } from './fail-task.js';
import { FreeAfterDeletions } from './free-after-deletions.js';
import { StartBackup } from './start-backup.js';
import { StartDueRetentions } from './start-due-retentions.js';
import { StartHousekeeping } from './start-housekeeping.js';
import { Tasks } from './tasks.port.js';
import { WarnRunning } from './warn-running.js';

/** Tasks rung for again, or parked, in one sweep. */
const RING_LIMIT = 500;
/** A job whose tasks have stopped coming for this long was left by a process that died. */
const LEFT_OPEN_MS = 120_000;

/** Heals what crashes leave behind: lapsed leases, lost doorbells, jobs that were never closed; and starts what has come due. Safe to run anywhere, any time. */
@Injectable()
export class Sweep {
  constructor(
    private readonly clock: DatabaseClock,
    private readonly tasks: Tasks,
    private readonly failTask: FailTask,
    private readonly startBackup: StartBackup,
    private readonly startHousekeeping: StartHousekeeping,
    private readonly endLeftOpen: EndLeftOpen,
    private readonly freeAfterDeletions: FreeAfterDeletions,
    private readonly startDueRetentions: StartDueRetentions,
    private readonly warnRunning: WarnRunning,
    private readonly logger: Logger,
  ) {}

  async run(): Promise<void> {
    const backMs = await this.clock.follow();
    if (backMs > 0) this.logger.warn("The database's clock went back; what waits waits no longer for it", { backMs });
    await this.failTask.parkWornOut(RING_LIMIT);
    await this.tasks.ringAgain(RING_LIMIT);
    await this.startBackup.resumeLeftOpen(LEFT_OPEN_MS);
    await this.startHousekeeping.resumeLeftOpen(LEFT_OPEN_MS);
    await this.endLeftOpen.run(LEFT_OPEN_MS);
    await this.freeAfterDeletions.run();
    await this.startDueRetentions.run();
    await this.warnRunning.run();
  }
}

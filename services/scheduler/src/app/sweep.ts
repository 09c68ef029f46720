import { Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { DatabaseClock } from './database-clock.port.js';
import { eachByItself, SomeFailed } from './each-by-itself.js';
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

  /** One part that fails keeps no other from its turn. */
  async run(): Promise<void> {
    const parts: Readonly<Record<string, () => Promise<unknown>>> = {
      'follow the clock': () => this.#follow(),
      'stop what lapsed': () => this.#stopLapsed(),
      'park what is worn out': () => this.failTask.parkWornOut(RING_LIMIT),
      'ring again': () => this.tasks.ringAgain(RING_LIMIT),
      'backups left open': () => this.startBackup.resumeLeftOpen(LEFT_OPEN_MS),
      'housekeeping left open': () => this.startHousekeeping.resumeLeftOpen(LEFT_OPEN_MS),
      'others left open': () => this.endLeftOpen.run(LEFT_OPEN_MS),
      'free after deletions': () => this.freeAfterDeletions.run(),
      'retentions due': () => this.startDueRetentions.run(),
      'warn running jobs': () => this.warnRunning.run(),
    };
    for (const [part, run] of Object.entries(parts)) await run().catch((error: unknown) => this.#tell(part, error));
  }

  async #follow(): Promise<void> {
    const backMs = await this.clock.follow();
    if (backMs > 0) this.logger.warn("The database's clock went back; what waits waits no longer for it", { backMs });
  }

  /** Nobody has to come for a task only to be told to stop. */
  async #stopLapsed(): Promise<void> {
    const lapsed = await this.tasks.lapsedAndStopped(RING_LIMIT);
    await eachByItself(lapsed, ({ tenantId, taskId }) => this.tasks.stopLapsed(tenantId, taskId));
  }

  #tell(part: string, error: unknown): void {
    for (const failure of error instanceof SomeFailed ? error.failures : [{ error }])
      this.logger.warn('A part of the sweep failed; the next sweep tries again', { part, ...failure });
  }
}

import { emptyTaskReport } from '@holdfast/contracts';
import { AppError, Clock, isAppError, resourceParts } from '@holdfast/kernel';
import { Logger, tellSpan } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { HeldTask, inTask, NO_PROGRESS, TaskDesk, type Lease, type TaskEnd } from '@holdfast/worker';
import type { TaskShare } from '../domain/task-share.js';
import { endOf } from './task-end.js';
import { ResourceAccesses, type ResourceAccess } from './resource-access.port.js';
import { ResourceRun } from './resource-run.js';

/** Items after which a task makes a checkpoint. */
export abstract class CheckpointEvery {
  abstract readonly items: number;
}

/** What each task may hold. */
export abstract class Shares {
  abstract readonly ofTask: TaskShare;
}

/** Works on one leased task to its end: a committed snapshot, a stop, or a failure given back to scheduler. */
@Injectable()
export class CrawlResource {
  constructor(
    private readonly desk: TaskDesk,
    private readonly accesses: ResourceAccesses,
    private readonly checkpointEvery: CheckpointEvery,
    private readonly shares: Shares,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Resolves when the task is finished or given back; never rejects for what happens to the task. */
  run(lease: Lease, stop: AbortSignal): Promise<void> {
    return inTask('backup', lease, () => this.#hold(lease, stop));
  }

  async #hold(lease: Lease, stop: AbortSignal): Promise<void> {
    let run: ResourceRun | undefined;
    const held = new HeldTask(lease, this.desk, this.clock, () => run?.progress() ?? NO_PROGRESS);
    const onStop = () => held.abort(new AppError('DEPENDENCY_UNAVAILABLE', 'This crawler is shutting down.'));
    stop.addEventListener('abort', onStop, { once: true });
    if (stop.aborted) onStop();
    let access: ResourceAccess | undefined;
    try {
      access = await this.accesses.open(held);
      run = new ResourceRun({
        access,
        held,
        desk: this.desk,
        clock: this.clock,
        logger: this.logger,
        checkpointEvery: this.checkpointEvery.items,
        share: this.shares.ofTask,
      });
      await this.#finish(held, await this.#crawl(held, access, run));
    } catch (error) {
      await this.#giveBack(held, run, error);
    } finally {
      stop.removeEventListener('abort', onStop);
      await access?.close();
      await held.release();
    }
  }

  async #crawl(held: HeldTask, access: ResourceAccess, run: ResourceRun): Promise<TaskEnd> {
    const { head } = access;
    // Somebody committed this job's snapshot and died before saying so.
    if (head?.jobId === held.lease.jobId) return endOf(head.body.ledger, run.progress(), head.id);
    try {
      return await run.run();
    } catch (error) {
      // One 404 may be a folder that went while it was read.
      if (!isAppError(error, 'GRAPH_NOT_FOUND') || (await access.reader.isThere(held.signal))) throw error;
      return this.#nothingThere(held, run, head !== undefined);
    }
  }

  /** An account without a mailbox or drive holds nothing to protect; one that had it keeps what is in the vault. */
  #nothingThere(held: HeldTask, run: ResourceRun, hadOne: boolean): TaskEnd {
    const { workload } = resourceParts(held.lease.resourceId);
    const cause = hadOne ? `${workload}-gone` : `no-${workload}`;
    return {
      outcome: hadOne ? 'completed-with-warnings' : 'completed',
      progress: run.progress(),
      report: { ...emptyTaskReport, skipped: { [cause]: 1 }, ...run.requests() },
    };
  }

  async #finish(held: HeldTask, end: TaskEnd): Promise<void> {
    await this.desk.finish(held.grant, end);
    tellSpan({ 'holdfast.outcome': end.outcome });
    this.logger.info('The resource is finished', { outcome: end.outcome });
  }

  async #giveBack(held: HeldTask, run: ResourceRun | undefined, error: unknown): Promise<void> {
    // What the signal says outweighs the confusion that the abort made on its way.
    const cause: unknown = held.signal.aborted ? held.signal.reason : error;
    if (isAppError(cause, 'GRANT_REFUSED') || isAppError(cause, 'COMMIT_REFUSED')) {
      this.logger.warn('The task was taken over; its new holder goes on', { error: cause });
      return;
    }
    try {
      if (isAppError(cause, 'STOPPED')) {
        const progress = run?.progress() ?? NO_PROGRESS;
        await this.desk.finish(held.grant, { outcome: 'stopped', progress, report: emptyTaskReport });
        return;
      }
      this.logger[isAppError(cause) ? 'warn' : 'error']('The resource could not be finished', { error: cause });
      const failure = isAppError(cause)
        ? {
            code: cause.code,
            message: cause.message,
            canRetry: cause.retry === 'later',
            retryAfterMs: cause.details.retryAfterMs ?? 0,
          }
        : {
            code: 'INTERNAL',
            message: 'A defect of this program; the crawler’s log has the details.',
            canRetry: true,
            retryAfterMs: 0,
          };
      await this.desk.fail(held.grant, failure);
    } catch (late) {
      // The lease runs out by itself and another crawler goes on from the checkpoint.
      this.logger.warn('The task could not be given back', { error: late });
    }
  }
}

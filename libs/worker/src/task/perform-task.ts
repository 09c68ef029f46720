import { emptyTaskReport } from '@holdfast/contracts';
import { AppError, type Clock, isAppError } from '@holdfast/kernel';
import { type Logger, withLogContext } from '@holdfast/platform';
import { HeldTask } from './held-task.js';
import type { Lease, Progress, TaskDesk, TaskEnd, TaskFailure } from './task-desk.js';

/** Nothing done yet. */
export const NO_PROGRESS: Progress = Object.freeze({
  itemsDone: 0,
  itemsExpected: 0,
  bytesDone: 0,
  requests: 0,
  throttled: 0,
  requestMs: 0,
});

export interface TaskSurroundings {
  readonly desk: TaskDesk;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a task does, and how far it is. */
export interface TaskWork {
  progress(): Progress;
  /** Ends early with the signal's reason when `held.signal` is aborted. */
  run(held: HeldTask): Promise<Pick<TaskEnd, 'outcome' | 'report'>>;
}

/**
 * Works on a leased task to its end: finished, stopped as its job was asked to, or given back with its failure. Never rejects for
 * what happens to the task; `stop` gives it back because this process ends.
 */
export async function performTask(
  lease: Lease,
  stop: AbortSignal,
  { desk, clock, logger }: TaskSurroundings,
  work: TaskWork,
): Promise<void> {
  const context = { tenant: lease.tenantId, job: lease.jobId, task: lease.taskId };
  await withLogContext(context, async () => {
    const held = new HeldTask(lease, desk, clock, () => work.progress());
    const onStop = () => held.abort(new AppError('DEPENDENCY_UNAVAILABLE', 'The process is ending; another goes on.'));
    stop.addEventListener('abort', onStop, { once: true });
    if (stop.aborted) onStop();
    try {
      const end = await work.run(held);
      await desk.finish(held.grant, { ...end, progress: work.progress() });
    } catch (error) {
      // What the signal says outweighs the confusion that the abort made on its way.
      await giveBack(held, work, held.signal.aborted ? held.signal.reason : error, { desk, logger });
    } finally {
      stop.removeEventListener('abort', onStop);
      await held.release();
    }
  });
}

async function giveBack(
  held: HeldTask,
  work: TaskWork,
  cause: unknown,
  { desk, logger }: Pick<TaskSurroundings, 'desk' | 'logger'>,
): Promise<void> {
  // Whoever has the task now speaks for it.
  if (isAppError(cause, 'GRANT_REFUSED')) return;
  try {
    if (isAppError(cause, 'STOPPED')) {
      await desk.finish(held.grant, { outcome: 'stopped', progress: work.progress(), report: emptyTaskReport });
      return;
    }
    logger[isAppError(cause) ? 'warn' : 'error']('The task could not be finished', { error: cause });
    await desk.fail(held.grant, failureOf(cause));
  } catch (late) {
    logger.warn('The task could not be given back; its lease will lapse', { error: late });
  }
}

function failureOf(cause: unknown): TaskFailure {
  if (!isAppError(cause))
    return {
      code: 'INTERNAL',
      message: 'A defect of this program; its log has the details.',
      canRetry: true,
      retryAfterMs: 0,
    };
  const { code, message, retry, details } = cause;
  return { code, message, canRetry: retry === 'later', retryAfterMs: details.retryAfterMs ?? 0 };
}

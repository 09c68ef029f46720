import { emptyTaskReport } from '@holdfast/contracts';
import type { TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { afterFailure } from '../domain/retry.js';
import { eachByItself } from './each-by-itself.js';
import { Jobs, type Job, type Task } from './jobs.port.js';
import { replayOf } from './replay-of.js';
import { Tasks, type Holding } from './tasks.port.js';

export interface TaskFailure {
  readonly code: string;
  /** Ids only. */
  readonly message: string;
  readonly canRetry: boolean;
  readonly retryAfterMs: number;
}

const LOST: TaskFailure = {
  code: 'INTERNAL',
  message:
    'Worker after worker was lost while it held this task, perhaps for want of memory. Look into their logs before their ends.',
  canRetry: true,
  retryAfterMs: 0,
};

/** Decides what follows a worker's failure: another attempt later, or the parking place with its reason. */
@Injectable()
export class FailTask {
  constructor(
    private readonly tasks: Tasks,
    private readonly jobs: Jobs,
  ) {}

  async run(tenant: TenantId, holding: Holding, failure: TaskFailure): Promise<void> {
    const task = await this.tasks.get(tenant, holding.taskId);
    // A backup whose packs were lost has dropped its checkpoint. A restore writes none.
    const isFreshStart = task.kind === 'backup' && failure.code === 'PACKS_LOST';
    const freshStarts = task.freshStarts + (isFreshStart ? 1 : 0);
    const next = afterFailure({ attempts: task.attempts, freshStarts, ...failure });
    if (next.do === 'retry')
      await this.tasks.putBack(tenant, holding, { ...failure, afterMs: next.afterMs, freshStarts });
    else await this.#park(tenant, holding, task, failure);
  }

  /** Parks tasks whose workers are lost again and again: what ended them would end the next one too. */
  async parkWornOut(limit: number): Promise<void> {
    await eachByItself(await this.tasks.wornOut(limit), (task) => this.#park(task.tenantId, task, task, LOST));
  }

  async #park(tenant: TenantId, holding: Holding, task: Task, failure: TaskFailure): Promise<void> {
    const job = await this.jobs.get(tenant, task.jobId);
    await this.tasks.finish(tenant, holding, parked(task, job, failure));
  }
}

function parked(task: Task, job: Job, { code, message, canRetry }: TaskFailure) {
  const because = canRetry ? ` Given up after ${task.attempts} attempts and ${task.freshStarts} fresh starts.` : '';
  return {
    outcome: 'failed' as const,
    progress: task.progress,
    report: emptyTaskReport,
    snapshotId: '',
    errorCode: code,
    errorMessage: `${message}${because} When the cause is gone, run it again: ${replayOf(job)}`,
  };
}

import { emptyTaskReport } from '@holdfast/contracts';
import type { TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { afterFailure } from '../domain/retry.js';
import type { Task } from './jobs.port.js';
import { Tasks, type Holding } from './tasks.port.js';

export interface TaskFailure {
  readonly code: string;
  /** Ids only. */
  readonly message: string;
  readonly canRetry: boolean;
  readonly retryAfterMs: number;
}

/** Decides what follows a worker's failure: another attempt later, or the parking place with its reason. */
@Injectable()
export class FailTask {
  constructor(private readonly tasks: Tasks) {}

  async run(tenant: TenantId, holding: Holding, failure: TaskFailure): Promise<void> {
    const task = await this.tasks.get(tenant, holding.taskId);
    const next = afterFailure({ attempts: task.attempts, ...failure });
    if (next.do === 'retry') await this.tasks.putBack(tenant, holding, next.afterMs, failure);
    else await this.tasks.finish(tenant, holding, parked(task, failure));
  }
}

function parked(task: Task, failure: TaskFailure) {
  return {
    outcome: 'failed' as const,
    progress: task.progress,
    report: emptyTaskReport,
    snapshotId: '',
    errorCode: failure.code,
    errorMessage: failure.message,
  };
}

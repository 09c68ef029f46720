import type { FreeingServiceController } from '@holdfast/contracts/scheduler/v1';
import { parseBackupSetId, parseResourceId, parseTaskId } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import { FreeingTermsSource, type OpenTask } from '../../app/freeing-terms.port.js';

/** Asks scheduler. */
export class GrpcFreeingTerms extends FreeingTermsSource {
  readonly #scheduler: GrpcClient<FreeingServiceController>;

  constructor(scheduler: GrpcConnection) {
    super();
    this.#scheduler = scheduler.client<FreeingServiceController>('FreeingService', {
      repeatable: ['getFreeingTerms', 'listOpenTasks'],
    });
  }

  override async isDryRun(grant: string): Promise<boolean> {
    return (await this.#scheduler.getFreeingTerms({ grant })).dryRun;
  }

  override async *openTasks(grant: string): AsyncGenerator<readonly OpenTask[]> {
    for (let afterTaskId = ''; ;) {
      const { tasks } = await this.#scheduler.listOpenTasks({ grant, afterTaskId });
      const last = tasks.at(-1);
      if (!last) return;
      yield tasks.map(({ taskId, backupSetId, resourceId, epoch, begunBeforeMs, checkpoint, rewrites }) => ({
        taskId: parseTaskId(taskId),
        backupSetId: parseBackupSetId(backupSetId),
        resourceId: parseResourceId(resourceId),
        epoch,
        begunBeforeMs: begunBeforeMs < 0 ? undefined : begunBeforeMs,
        checkpoint,
        rewrites,
      }));
      afterTaskId = last.taskId;
    }
  }
}

import type { HistoryServiceController } from '@holdfast/contracts/scheduler/v1';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import { HistoryKeeper, type FoundJob, type FoundSet } from '../../app/history-keeper.port.js';

/** Asks scheduler. */
export class GrpcHistoryKeeper extends HistoryKeeper {
  readonly #scheduler: GrpcClient<HistoryServiceController>;

  constructor(scheduler: GrpcConnection) {
    super();
    this.#scheduler = scheduler.client<HistoryServiceController>('HistoryService', { repeatable: ['takeBack'] });
  }

  override async takeBackSets(grant: string, sets: readonly FoundSet[]): Promise<number> {
    const told = sets.map(({ definition, ...set }) => ({ ...set, definitionJson: JSON.stringify(definition) }));
    return (await this.#scheduler.takeBack({ grant, sets: told, jobs: [] })).sets;
  }

  override async takeBackJobs(grant: string, jobs: readonly FoundJob[]): Promise<void> {
    const told = jobs.map(({ jobId, history }) => ({ jobId, historyJson: JSON.stringify(history) }));
    await this.#scheduler.takeBack({ grant, sets: [], jobs: told });
  }
}

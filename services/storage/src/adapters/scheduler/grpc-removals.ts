import type { DeletionServiceController } from '@holdfast/contracts/scheduler/v1';
import type { ResourceId } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import { Removals, type SnapshotRemoval } from '../../app/removals.port.js';

/** Tells scheduler. */
export class GrpcRemovals extends Removals {
  readonly #scheduler: GrpcClient<DeletionServiceController>;

  constructor(scheduler: GrpcConnection) {
    super();
    this.#scheduler = scheduler.client<DeletionServiceController>('DeletionService', { repeatable: ['noteRemovals'] });
  }

  override async note(grant: string, resourceId: ResourceId, snapshots: readonly SnapshotRemoval[]): Promise<void> {
    await this.#scheduler.noteRemovals({
      grant,
      resourceId,
      snapshots: snapshots.map(({ jobStartedAt, ...one }) => ({ ...one, jobStartedAtMs: jobStartedAt })),
    });
  }
}

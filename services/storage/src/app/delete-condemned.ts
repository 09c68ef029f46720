import { Clock, isAppError } from '@holdfast/kernel';
import { count, Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { deleteObject } from './delete-object.js';
import { DemandGeneration } from './demand-generation.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { DestinationHealth } from './destination-health.js';
import { type DueDeletion, DueDeletions } from './due-deletions.port.js';

/** Deletions that one round takes. */
const A_ROUND = 32;
/** Nobody else tries the same deletion for this long; also how long a failed one rests. */
const LEASE_MS = 5 * 60 * 1000;
/** A lock whose end the destination does not tell is asked about again after a day. */
const LOCK_LOOK_MS = 24 * 60 * 60 * 1000;

/** The second phase of space freeing: deletes at each destination what was condemned, when it has rested. Safe to repeat at any point. */
@Injectable()
export class DeleteCondemned {
  constructor(
    private readonly deletions: DueDeletions,
    private readonly demandGeneration: DemandGeneration,
    private readonly directory: DestinationDirectory,
    private readonly health: DestinationHealth,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** One round; answers how many objects are gone, and the caller goes on while there are any. */
  async run(): Promise<number> {
    const due = await this.deletions.take(A_ROUND, LEASE_MS);
    const places = Map.groupBy(due, ({ vaultId, destinationId }) => `${vaultId} ${destinationId}`);
    const gone = await Promise.all([...places.values()].map((some) => this.#deleteAt(some)));
    return gone.reduce((sum, each) => sum + each, 0);
  }

  /** Of one vault at one destination. What this installation may not delete, or cannot tell whether it may, is tried again. */
  async #deleteAt(due: readonly DueDeletion[]): Promise<number> {
    const [first] = due;
    if (!first) return 0;
    const { tenantId, vaultId, destinationId } = first;
    try {
      await this.demandGeneration.at(tenantId, vaultId, destinationId);
    } catch (error) {
      const context = { tenantId, vaultId, destinationId, error };
      if (isAppError(error, 'FAILED_PRECONDITION'))
        this.logger.error(
          'Nothing is deleted where another installation has rebuilt the vault. Stop this one.',
          context,
        );
      else
        this.logger.warn(
          'Nothing is deleted at a destination that does not tell whether the vault was rebuilt',
          context,
        );
      return 0;
    }
    const gone = await Promise.all(due.map((deletion) => this.#delete(deletion)));
    return gone.filter(Boolean).length;
  }

  async #delete(deletion: DueDeletion): Promise<boolean> {
    const { tenantId, vaultId, destinationId, name } = deletion;
    try {
      const destination = await this.directory.open(tenantId, vaultId, destinationId);
      const answer = await this.health.watch(tenantId, destinationId, () => deleteObject(destination, name));
      if (answer.is === 'locked') {
        const until = answer.until ?? this.clock.now() + LOCK_LOOK_MS;
        await this.deletions.postpone(deletion, { until, isLockEnd: answer.until !== undefined });
        return false;
      }
      await this.deletions.noteDeleted(deletion);
      count('holdfast.objects.freed', 1, { answer: answer.is });
      return true;
    } catch (error) {
      this.logger.warn('An object that nothing needs could not be deleted; it is tried again', {
        tenantId,
        vaultId,
        destinationId,
        object: name,
        error,
      });
      return false;
    }
  }
}

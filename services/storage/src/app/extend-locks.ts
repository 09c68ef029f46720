import type { Destination } from '@holdfast/destinations';
import { Clock, isAppError } from '@holdfast/kernel';
import { count, Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { lockTermsAt } from '../domain/lock-terms.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { DestinationHealth } from './destination-health.js';
import { inParallel } from './in-parallel.js';
import { ObjectLocks, type ObjectToLock, type SeenLock, type VaultPlace } from './object-locks.port.js';

/** Places that one round looks at. */
const A_ROUND = 8;
/** Objects of one place that one round looks at, and how many of them at the same time. */
const A_PAGE = 200;
const TOGETHER = 8;
/** Nobody else looks at a place for this long; also how long one rests that failed. */
const LEASE_MS = 5 * 60 * 1000;
/** How often a place is looked at: so soon does a lock that was switched on reach what lies there. */
const LOOK_MS = 60 * 60 * 1000;
/** An object that is not where it should be is for checks to find; its lock is looked at again after so long. */
const ABSENT_LOOK_MS = 24 * 60 * 60 * 1000;

/** What a person is told of a failure that nobody foresaw, which may quote what it stumbled over. */
const UNEXPECTED = 'An answer that this program does not know; storage’s log has it.';

/**
 * Extends the locks of objects that something needs, where destinations lock what is written, long before they end (docs/destinations.md).
 * What nothing needs is left to its lock. Safe to repeat at any point.
 */
@Injectable()
export class ExtendLocks {
  constructor(
    private readonly locks: ObjectLocks,
    private readonly directory: DestinationDirectory,
    private readonly health: DestinationHealth,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** One round; answers whether there is more to do at once. */
  async run(): Promise<boolean> {
    const places = await this.locks.take(A_ROUND, this.clock.now(), LEASE_MS);
    const rests = await Promise.all(places.map((place) => this.#look(place)));
    return places.length === A_ROUND || rests.some((hasMore) => hasMore);
  }

  async #look(place: VaultPlace): Promise<boolean> {
    const { tenantId, vaultId, destinationId } = place;
    let isLocking: true | undefined;
    try {
      const destination = await this.directory.open(tenantId, vaultId, destinationId);
      const { lockMs } = destination;
      if (lockMs !== undefined) isLocking = true;
      const due = lockMs === undefined ? [] : await this.locks.due(place, this.clock.now(), A_PAGE);
      if (lockMs !== undefined) await this.#extend(place, { destination, lockMs, due });
      const hasMore = due.length === A_PAGE;
      await this.locks.rest(place, this.clock.now() + (hasMore ? 0 : LOOK_MS));
      return hasMore;
    } catch (error) {
      const ids = { tenantId, vaultId, destinationId };
      this.logger.warn('Locks at a destination could not be extended; it is tried again', { ...ids, error });
      const reason = isAppError(error) ? error.message : UNEXPECTED;
      await this.locks.noteFailure(place, { at: this.clock.now(), reason, isLocking });
      return false;
    }
  }

  /**
   * What was extended before a failure is kept. One object that is refused keeps no other from being extended; a destination that does
   * not answer is asked no further.
   */
  async #extend(
    place: VaultPlace,
    of: { readonly destination: Destination; readonly lockMs: number; readonly due: readonly ObjectToLock[] },
  ): Promise<void> {
    const { destination, lockMs, due } = of;
    const seen: SeenLock[] = [];
    const refusals: unknown[] = [];
    try {
      await inParallel(due, TOGETHER, async (object) => {
        const look = () => this.#lookAt(destination, lockMs, object);
        try {
          seen.push(await this.health.watch(place.tenantId, place.destinationId, look));
        } catch (error) {
          if (!isAppError(error) || error.retry === 'later') throw error;
          refusals.push(error);
        }
      });
    } finally {
      await this.locks.note(place, seen);
      count('holdfast.objects.lock_looks', seen.length, {});
    }
    if (refusals.length > 0) throw refusals[0];
  }

  async #lookAt(destination: Destination, lockMs: number, { objectNo, name }: ObjectToLock): Promise<SeenLock> {
    const now = this.clock.now();
    const { needed, until, dueAt } = lockTermsAt(now, lockMs);
    try {
      const end = await destination.extendLock(name, { needed, until });
      return { objectNo, until: end, dueAt: dueAt(end) };
    } catch (error) {
      if (!isAppError(error, 'OBJECT_NOT_FOUND')) throw error;
      return { objectNo, until: undefined, dueAt: now + ABSENT_LOOK_MS };
    }
  }
}

import { Clock, isAppError, type DestinationId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { CatchUpInterval, CopyDueObjects } from './copy-due-objects.js';
import { FindAwayPacks } from './find-away-packs.js';
import { CopyPauses, ObjectPlaces, type AwaitedDestination } from './object-places.port.js';
import { hasPassed } from '../domain/has-passed.js';

/** Destinations that one look asks. */
const A_LOOK = 16;
/** Copies that one look makes due; more of them follow with the next. */
const COPIES_A_LOOK = 10_000;

/** A destination whose copies were hurried. */
interface Hurried {
  /** When it was hurried, or failed since; milliseconds since the epoch. */
  readonly at: number;
  /** Copies have failed there since: it is left alone for the pause. */
  readonly hasFailed: boolean;
  readonly pauseMs: number;
}

/**
 * Asks destinations that copies rest for whether they answer again, and makes those copies due. One that answers and then fails, again and
 * again, is hurried less and less often.
 */
@Injectable()
export class HurryReturned {
  readonly #hurried = new Map<DestinationId, Hurried>();
  #lookedAt = -Infinity;
  #after: DestinationId | undefined;
  #looking: Promise<void> | undefined;

  constructor(
    private readonly places: ObjectPlaces,
    private readonly copies: CopyDueObjects,
    private readonly findAway: FindAwayPacks,
    private readonly interval: CatchUpInterval,
    private readonly pauses: CopyPauses,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Begins a look where one is due. It goes on beside the copies: a destination may be silent for a minute. */
  run(): void {
    const now = this.clock.now();
    if (this.#looking || !hasPassed(this.#lookedAt, this.interval.ms, now)) return;
    this.#lookedAt = now;
    this.#looking = this.#look()
      .catch((error: unknown) => {
        this.logger.warn('Destinations that copies rest for could not be looked up', { error });
      })
      .finally(() => (this.#looking = undefined));
  }

  /** A copy to a destination failed. */
  noteFailure(to: DestinationId): void {
    const hurried = this.#hurried.get(to);
    if (!hurried || hurried.hasFailed) return;
    const pauseMs = Math.min(Math.max(this.interval.ms, 2 * hurried.pauseMs), this.pauses.longestMs);
    this.#hurried.set(to, { at: this.clock.now(), hasFailed: true, pauseMs });
  }

  /** Resolves when no look is under way. */
  async finish(): Promise<void> {
    await this.#looking;
  }

  async #look(): Promise<void> {
    this.#forgetOld();
    const awaited = await this.places.awaited(this.#after, A_LOOK);
    this.#after = awaited.length < A_LOOK ? undefined : awaited.at(-1)?.destinationId;
    await Promise.all(awaited.map((place) => this.#hurry(place)));
  }

  async #hurry(place: AwaitedDestination): Promise<void> {
    const { destinationId } = place;
    const known = this.#hurried.get(destinationId);
    if (known?.hasFailed && !hasPassed(known.at, known.pauseMs, this.clock.now())) return;
    if (!(await this.#answers(place))) return;
    this.copies.goOn(destinationId);
    if ((await this.places.hurry(destinationId, COPIES_A_LOOK)) === 0) return;
    this.#hurried.set(destinationId, { at: this.clock.now(), hasFailed: false, pauseMs: known?.pauseMs ?? 0 });
  }

  async #answers({ tenantId, vaultId, destinationId }: AwaitedDestination): Promise<boolean> {
    try {
      return (await this.findAway.standing(tenantId, vaultId, destinationId)) === 'answers';
    } catch (error) {
      // Whatever it says, the copies' own pauses go on.
      if (isAppError(error)) return false;
      throw error;
    }
  }

  /** One that has gone well for so long begins anew, whether it failed before or never did. */
  #forgetOld(): void {
    const old = this.clock.now() - this.pauses.longestMs;
    for (const [id, { at, hasFailed, pauseMs }] of this.#hurried)
      if ((hasFailed ? at + pauseMs : at) < old) this.#hurried.delete(id);
  }
}

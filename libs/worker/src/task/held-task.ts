import { AppError, isAppError, type Clock } from '@holdfast/kernel';
import { ProgressCounts } from './progress-counts.js';
import type { Lease, Progress, TaskDesk } from './task-desk.js';

/** Renewing begins when this part of the lease is over, so that one lost answer does not lose the task. */
const RENEW_AT = 1 / 3;
const SHORTEST_WAIT_MS = 250;
/** Progress is told at most this often, and less and less often as the task goes on: when this part of its time has passed. */
const TELL_MS = 1_000;
const TELL_AGAIN_AFTER = 1 / 10;

/** The grant under which a task acts, as it is at this moment. */
export interface LiveGrant {
  readonly grant: string;
}

/** A grant, and how urgent what it is used for is. */
export interface LaneGrant extends LiveGrant {
  /** restore, increment or first-full. */
  readonly lane: string;
}

/**
 * A leased task while this process works on it: keeps the lease alive, carries progress up, and aborts `signal` when the
 * task is to stop (STOPPED), has been taken over or may be, since nobody has renewed the lease in its time (GRANT_REFUSED).
 */
export class HeldTask implements LaneGrant {
  readonly #abort = new AbortController();
  readonly #renewing: Promise<void>;
  /** Aborted when the present lease no longer has to be watched: there is a newer one, or the work has ended. */
  #watched = new AbortController();
  readonly #counts: ProgressCounts;
  #grant: string;
  #told: string;
  /** Milliseconds that were waited so far; not read from the clock, which may be set meanwhile. */
  #heldMs = 0;

  constructor(
    readonly lease: Lease,
    private readonly desk: Pick<TaskDesk, 'renew'>,
    private readonly clock: Clock,
    private readonly progress: () => Progress,
  ) {
    this.#grant = lease.grant;
    this.#counts = new ProgressCounts(lease);
    this.#told = JSON.stringify(progress());
    void this.#endAfter(lease.leaseMs);
    this.#renewing = this.#keepRenewing(lease.leaseMs);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The grant with the latest expiry. */
  get grant(): string {
    return this.#grant;
  }

  get lane(): string {
    return this.lease.lane;
  }

  /** Stops the work for a reason of this process, e.g. its shutdown. */
  abort(reason: AppError): void {
    this.#abort.abort(reason);
  }

  /** Ends the renewing; the task itself is finished or failed by the caller. */
  async release(): Promise<void> {
    this.#abort.abort(new AppError('STOPPED', 'The task has ended.'));
    this.#watched.abort();
    await this.#renewing;
    this.#counts.told(this.progress());
  }

  /** Ends the work with the lease, unless another follows before: from then on somebody else may hold the task. */
  async #endAfter(leaseMs: number): Promise<void> {
    this.#watched.abort();
    if (this.signal.aborted) return;
    this.#watched = new AbortController();
    const { signal } = this.#watched;
    await this.clock.sleep(Math.max(0, leaseMs), signal).catch(() => undefined);
    if (!signal.aborted) this.#abort.abort(lapsed());
  }

  /** Resolves when the lease has to be renewed, or before that when there is progress to tell. */
  async #untilDue(dueInMs: number, tellEveryMs: number): Promise<void> {
    for (let leftMs = dueInMs; leftMs > 0;) {
      const waitMs = Math.min(leftMs, tellEveryMs);
      await this.clock.sleep(waitMs, this.signal);
      leftMs -= waitMs;
      this.#heldMs += waitMs;
      if (JSON.stringify(this.progress()) !== this.#told) return;
    }
  }

  async #keepRenewing(given: number): Promise<void> {
    let leaseMs = given;
    while (!this.signal.aborted) {
      try {
        const dueInMs = Math.max(SHORTEST_WAIT_MS, leaseMs * RENEW_AT);
        await this.#untilDue(dueInMs, Math.max(TELL_MS, this.#heldMs * TELL_AGAIN_AFTER));
        const progress = this.progress();
        this.#told = JSON.stringify(progress);
        this.#counts.told(progress);
        const renewed = await this.desk.renew(this.#grant, progress);
        this.#grant = renewed.grant;
        leaseMs = renewed.leaseMs;
        void this.#endAfter(leaseMs);
        if (renewed.isStopRequested) this.#abort.abort(new AppError('STOPPED', 'The job was asked to stop.'));
      } catch (error) {
        if (isAppError(error, 'GRANT_REFUSED')) this.#abort.abort(error);
        // Anything else may pass: scheduler is asked again while the lease lasts.
      }
    }
  }
}

function lapsed(): AppError {
  return new AppError(
    'GRANT_REFUSED',
    'Scheduler did not answer for as long as the lease lasts, so another may have the task. Stop working on it.',
  );
}

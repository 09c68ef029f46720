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
 * task is to stop (STOPPED) or has been taken over (GRANT_REFUSED).
 */
export class HeldTask implements LaneGrant {
  readonly #abort = new AbortController();
  readonly #renewing: Promise<void>;
  readonly #counts: ProgressCounts;
  #grant: string;
  #told: string;

  constructor(
    readonly lease: Lease,
    private readonly desk: Pick<TaskDesk, 'renew'>,
    private readonly clock: Clock,
    private readonly progress: () => Progress,
  ) {
    this.#grant = lease.grant;
    this.#counts = new ProgressCounts(lease);
    this.#told = JSON.stringify(progress());
    this.#renewing = this.#keepRenewing(lease.expiresAtMs);
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
    await this.#renewing;
    this.#counts.told(this.progress());
  }

  /** Resolves when the lease has to be renewed, or before that when there is progress to tell. */
  async #untilDue(renewAt: number, tellEveryMs: number): Promise<void> {
    for (;;) {
      const leftMs = renewAt - this.clock.now();
      await this.clock.sleep(Math.min(leftMs, tellEveryMs), this.signal);
      if (this.clock.now() >= renewAt || JSON.stringify(this.progress()) !== this.#told) return;
    }
  }

  async #keepRenewing(expiresAtMs: number): Promise<void> {
    let expiry = expiresAtMs;
    const startedAt = this.clock.now();
    while (!this.signal.aborted) {
      try {
        const now = this.clock.now();
        const renewAt = now + Math.max(SHORTEST_WAIT_MS, (expiry - now) * RENEW_AT);
        await this.#untilDue(renewAt, Math.max(TELL_MS, (now - startedAt) * TELL_AGAIN_AFTER));
        const progress = this.progress();
        this.#told = JSON.stringify(progress);
        this.#counts.told(progress);
        const renewed = await this.desk.renew(this.#grant, progress);
        this.#grant = renewed.grant;
        expiry = renewed.expiresAtMs;
        if (renewed.isStopRequested) this.#abort.abort(new AppError('STOPPED', 'The job was asked to stop.'));
      } catch (error) {
        if (isAppError(error, 'GRANT_REFUSED')) this.#abort.abort(error);
        // Anything else may pass: scheduler is asked again while the lease lasts, and after that refuses by itself.
      }
    }
  }
}

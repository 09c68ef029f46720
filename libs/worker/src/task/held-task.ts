import { AppError, isAppError, type Clock } from '@holdfast/kernel';
import type { Lease, Progress, TaskDesk } from './task-desk.js';

/** Renewing begins when this part of the lease is over, so that one lost answer does not lose the task. */
const RENEW_AT = 1 / 3;
const SHORTEST_WAIT_MS = 250;

/** The grant under which a task acts, as it is at this moment. */
export interface LiveGrant {
  readonly grant: string;
}

/**
 * A leased task while this process works on it: keeps the lease alive, carries progress up, and aborts `signal` when the
 * task is to stop (STOPPED) or has been taken over (GRANT_REFUSED).
 */
export class HeldTask implements LiveGrant {
  readonly #abort = new AbortController();
  readonly #renewing: Promise<void>;
  #grant: string;

  constructor(
    readonly lease: Lease,
    private readonly desk: Pick<TaskDesk, 'renew'>,
    private readonly clock: Clock,
    private readonly progress: () => Progress,
  ) {
    this.#grant = lease.grant;
    this.#renewing = this.#keepRenewing(lease.expiresAtMs);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** The grant with the latest expiry. */
  get grant(): string {
    return this.#grant;
  }

  /** Stops the work for a reason of this process, e.g. its shutdown. */
  abort(reason: AppError): void {
    this.#abort.abort(reason);
  }

  /** Ends the renewing; the task itself is finished or failed by the caller. */
  async release(): Promise<void> {
    this.#abort.abort(new AppError('STOPPED', 'The task has ended.'));
    await this.#renewing;
  }

  async #keepRenewing(expiresAtMs: number): Promise<void> {
    let expiry = expiresAtMs;
    while (!this.signal.aborted) {
      try {
        const waitMs = Math.max(SHORTEST_WAIT_MS, (expiry - this.clock.now()) * RENEW_AT);
        await this.clock.sleep(waitMs, this.signal);
        const renewed = await this.desk.renew(this.#grant, this.progress());
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

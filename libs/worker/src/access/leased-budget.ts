import { Bucket, type BudgetServiceController } from '@holdfast/contracts/auth/v1';
import {
  RequestBudget,
  type BudgetBucket,
  type BudgetDemand,
  type BudgetOutcome,
  type BudgetTicket,
} from '@holdfast/graph';
import type { Clock } from '@holdfast/kernel';
import { measure, type GrpcClient, type GrpcConnection } from '@holdfast/platform';
import type { LaneGrant } from '../task/held-task.js';
import { BudgetSlice } from './budget-slice.js';

const WIRE: Record<BudgetBucket, Bucket> = {
  outlook: Bucket.BUCKET_OUTLOOK,
  sharepoint: Bucket.BUCKET_SHAREPOINT,
  identity: Bucket.BUCKET_IDENTITY,
};

/** Spends slices of Microsoft's budgets that auth leases to the holder of a grant; one per task. */
export class LeasedBudget extends RequestBudget {
  readonly #auth: GrpcClient<BudgetServiceController>;
  readonly #slices = new Map<string, BudgetSlice>();

  constructor(
    auth: GrpcConnection,
    private readonly held: LaneGrant,
    private readonly clock: Clock,
  ) {
    super();
    this.#auth = auth.client<BudgetServiceController>('BudgetService', {
      repeatable: ['returnBudget', 'reportThrottle'],
    });
  }

  override async acquire(demand: BudgetDemand, signal?: AbortSignal): Promise<BudgetTicket> {
    const slice = this.#slice(demand);
    const askedAt = this.clock.now();
    await slice.enter(demand, signal);
    const waitedS = (this.clock.now() - askedAt) / 1_000;
    measure('holdfast.budget.wait', waitedS, { bucket: demand.bucket, lane: this.held.lane });
    return { done: (outcome) => this.#done(demand, slice, outcome) };
  }

  /** Gives back what was not spent. */
  async close(): Promise<void> {
    for (const slice of this.#slices.values()) await slice.giveBack().catch(() => undefined);
  }

  #done(demand: BudgetDemand, slice: BudgetSlice, outcome: BudgetOutcome): void {
    slice.leave();
    const isThrottled =
      outcome.status === 429 || outcome.retryAfterMs !== undefined || outcome.rateLimit?.remaining === 0;
    if (!isThrottled) return;
    const waitMs = outcome.retryAfterMs ?? (outcome.rateLimit?.remaining === 0 ? outcome.rateLimit.resetMs : 0);
    slice.fence(waitMs);
    // All who use the budget have to know at once; if auth cannot be told, its own count still holds them back.
    void this.#auth
      .reportThrottle({
        grant: this.held.grant,
        bucket: WIRE[demand.bucket],
        mailbox: demand.mailbox ?? '',
        retryAfterMs: waitMs,
        remaining: outcome.rateLimit?.remaining ?? -1,
      })
      .catch(() => undefined);
  }

  #slice(demand: BudgetDemand): BudgetSlice {
    const key = `${demand.bucket}/${demand.mailbox ?? ''}`;
    const known = this.#slices.get(key);
    if (known) return known;
    const scope = { bucket: WIRE[demand.bucket], mailbox: demand.mailbox ?? '' };
    const made = new BudgetSlice(this.#auth, this.held, scope, this.clock);
    this.#slices.set(key, made);
    return made;
  }
}

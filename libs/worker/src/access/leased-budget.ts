import { Bucket, type BudgetServiceController, FenceScope } from '@holdfast/contracts/auth/v1';
import {
  fenceOf,
  RequestBudget,
  type BudgetBucket,
  type BudgetDemand,
  type BudgetOutcome,
  type BudgetTicket,
  type Fence,
} from '@holdfast/graph';
import type { Clock, TenantId } from '@holdfast/kernel';
import { measure, type GrpcClient, type GrpcConnection } from '@holdfast/platform';
import type { LaneGrant } from '../task/held-task.js';
import { BudgetSlice } from './budget-slice.js';
import type { FenceBoard } from './fence-board.js';

const WIRE: Readonly<Record<BudgetBucket, Bucket>> = {
  outlook: Bucket.BUCKET_OUTLOOK,
  sharepoint: Bucket.BUCKET_SHAREPOINT,
  identity: Bucket.BUCKET_IDENTITY,
};
const SCOPES: Readonly<Record<Fence['scope'], FenceScope>> = {
  mailbox: FenceScope.FENCE_SCOPE_MAILBOX,
  service: FenceScope.FENCE_SCOPE_SERVICE,
  app: FenceScope.FENCE_SCOPE_APP,
};

export interface LeasedBudgetParts {
  readonly tenant: TenantId;
  readonly auth: GrpcConnection;
  readonly live: LaneGrant;
  readonly clock: Clock;
  /** Shared by all tasks of the process. */
  readonly fences: FenceBoard;
}

/** Spends slices of Microsoft's budgets that auth leases to the holder of a grant; one per task. */
export class LeasedBudget extends RequestBudget {
  readonly #auth: GrpcClient<BudgetServiceController>;
  readonly #slices = new Map<string, BudgetSlice>();

  constructor(private readonly parts: LeasedBudgetParts) {
    super();
    this.#auth = parts.auth.client<BudgetServiceController>('BudgetService', {
      repeatable: ['returnBudget', 'reportThrottle'],
    });
  }

  override async acquire(demand: BudgetDemand, signal?: AbortSignal): Promise<BudgetTicket> {
    const { clock, live } = this.parts;
    const slice = this.#slice(demand);
    const askedAt = clock.now();
    await slice.enter(demand, signal);
    measure('holdfast.budget.wait', (clock.now() - askedAt) / 1_000, { bucket: demand.bucket, lane: live.lane });
    return {
      done: (outcome) => {
        if (outcome.rateLimit && demand.bucket === 'sharepoint') slice.note(outcome.rateLimit);
        this.heed(demand, outcome);
        slice.leave(demand);
      },
    };
  }

  override heed(demand: BudgetDemand, outcome: BudgetOutcome): void {
    const fence = fenceOf(demand, outcome);
    if (!fence) return;
    const { tenant, live, fences } = this.parts;
    fences.raise(tenant, demand, fence);
    // If auth cannot be told, its own count still holds the others back.
    void this.#auth
      .reportThrottle({
        grant: live.grant,
        bucket: WIRE[demand.bucket],
        mailbox: demand.mailbox ?? '',
        scope: SCOPES[fence.scope],
        retryAfterMs: Math.ceil(fence.forMs),
      })
      .catch(() => undefined);
  }

  /** Gives back what was not spent. */
  async close(): Promise<void> {
    for (const slice of this.#slices.values()) await slice.close().catch(() => undefined);
  }

  #slice(demand: BudgetDemand): BudgetSlice {
    const { bucket, mailbox = '' } = demand;
    const key = `${bucket}/${mailbox}`;
    const known = this.#slices.get(key);
    if (known) return known;
    const { tenant, live, clock, fences } = this.parts;
    const made = new BudgetSlice(
      { bucket, wire: WIRE[bucket], mailbox },
      {
        auth: this.#auth,
        live,
        clock,
        fencedMs: () => fences.waitMs(tenant, { bucket, mailbox }),
        recalls: () => fences.recalls(tenant, { bucket, mailbox }),
      },
    );
    this.#slices.set(key, made);
    return made;
  }
}

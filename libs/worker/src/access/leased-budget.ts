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
import type { AppShare, AppSlices } from './app-slices.js';
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
  /** Both shared by all tasks of the process. */
  readonly fences: FenceBoard;
  readonly apps: AppSlices;
}

/**
 * Spends slices of Microsoft's budgets that auth leases to the holder of a grant; one per task. Each request takes from its own bucket and from
 * the app's, of which the process's tasks hold one slice together.
 */
export class LeasedBudget extends RequestBudget {
  readonly #auth: GrpcClient<BudgetServiceController>;
  readonly #slices = new Map<string, BudgetSlice>();
  /** Taken with the first request. */
  #app: AppShare | undefined;

  constructor(private readonly parts: LeasedBudgetParts) {
    super();
    this.#auth = parts.auth.client<BudgetServiceController>('BudgetService', {
      repeatable: ['returnBudget', 'reportThrottle'],
    });
  }

  override async acquire(demand: BudgetDemand, signal?: AbortSignal): Promise<BudgetTicket> {
    const { apps, clock, live, tenant } = this.parts;
    const slice = this.#slice(demand);
    const askedAt = clock.now();
    const app = (this.#app ??= apps.open(tenant, live, this.#auth));
    await this.#enter([slice, app], demand, signal);
    measure('holdfast.budget.wait', (clock.now() - askedAt) / 1_000, { bucket: demand.bucket, lane: live.lane });
    return {
      done: (outcome) => {
        if (outcome.rateLimit && demand.bucket === 'sharepoint') slice.note(outcome.rateLimit);
        this.heed(demand, outcome);
        app.leave(demand);
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
    await this.#app?.close().catch(() => undefined);
  }

  /** Resolves when the request may go: there is room in its own bucket and in the app's, and nobody was asked to wait meanwhile. */
  async #enter(
    [slice, app]: readonly [BudgetSlice, AppShare],
    demand: BudgetDemand,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { tenant, fences } = this.parts;
    for (;;) {
      await slice.enter(demand, signal);
      const recalls = fences.recalls(tenant, demand);
      try {
        await app.enter(demand, signal);
      } catch (error) {
        slice.leave(demand);
        throw error;
      }
      if (fences.waitMs(tenant, demand) === 0 && fences.recalls(tenant, demand) === recalls) return;
      app.leave(demand);
      slice.leave(demand);
    }
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
        auth: {
          leaseBudget: (request) => this.#auth.leaseBudget({ ...request, grant: live.grant }),
          returnBudget: (request) => this.#auth.returnBudget({ ...request, grant: live.grant }),
        },
        clock,
        fencedMs: () => fences.waitMs(tenant, { bucket, mailbox }),
        recalls: () => fences.recalls(tenant, { bucket, mailbox }),
      },
    );
    this.#slices.set(key, made);
    return made;
  }
}

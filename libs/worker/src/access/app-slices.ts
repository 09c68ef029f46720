import { Bucket, type BudgetServiceController } from '@holdfast/contracts/auth/v1';
import type { BudgetDemand } from '@holdfast/graph';
import { isAppError, type Clock, type TenantId } from '@holdfast/kernel';
import type { GrpcClient } from '@holdfast/platform';
import type { LaneGrant } from '../task/held-task.js';
import { BudgetSlice, type SliceAuth } from './budget-slice.js';
import type { FenceBoard } from './fence-board.js';

type Auth = Pick<GrpcClient<BudgetServiceController>, 'leaseBudget' | 'returnBudget'>;

/** One slice, and the grants of those that spend it. */
interface Shared {
  readonly slice: BudgetSlice;
  /** The latest last. */
  readonly grants: Set<LaneGrant>;
}

/** What a task spends of its app's limit. */
export interface AppShare {
  /** Resolves when the request may go. */
  enter(demand: BudgetDemand, signal?: AbortSignal): Promise<void>;
  leave(demand: BudgetDemand): void;
  /** The last task of the tenant gives back what is left. */
  close(): Promise<void>;
}

/**
 * What this process holds of the limits of app registrations: one slice for each tenant and lane, which all its tasks there spend. An app's
 * limit is one for all tenants and its window is short: of slices for each task most would end before they are spent.
 */
export class AppSlices {
  readonly #held = new Map<string, Shared>();

  constructor(
    private readonly fences: FenceBoard,
    private readonly clock: Clock,
  ) {}

  /** To be closed with the task. */
  open(tenant: TenantId, live: LaneGrant, auth: Auth): AppShare {
    const key = `${tenant}/${live.lane}`;
    const shared = this.#held.get(key) ?? this.#make(tenant, auth);
    this.#held.set(key, shared);
    shared.grants.add(live);
    return {
      enter: (demand, signal) => shared.slice.enter(demand, signal),
      leave: (demand) => shared.slice.leave(demand),
      close: async () => {
        if (!shared.grants.has(live)) return;
        const isLast = shared.grants.size === 1;
        if (isLast) {
          this.#held.delete(key);
          // Under its own grant, while that counts.
          await shared.slice.close();
        }
        shared.grants.delete(live);
      },
    };
  }

  #make(tenant: TenantId, auth: Auth): Shared {
    const grants = new Set<LaneGrant>();
    const slice = new BudgetSlice(
      { bucket: 'app', wire: Bucket.BUCKET_APP, mailbox: '' },
      {
        auth: underAny(grants, auth),
        clock: this.clock,
        fencedMs: () => this.fences.waitMs(tenant, 'all'),
        recalls: () => this.fences.recalls(tenant, 'all'),
      },
    );
    return { slice, grants };
  }
}

/** Asks under one grant after the other: that one task was taken over or stopped holds back none of the others. */
function underAny(grants: ReadonlySet<LaneGrant>, auth: Auth): SliceAuth {
  async function first<Answer>(ask: (grant: string) => Promise<Answer>): Promise<Answer> {
    const [last, ...others] = grants;
    for (const { grant } of others.toReversed()) {
      try {
        return await ask(grant);
      } catch (error) {
        if (!isAppError(error, 'GRANT_REFUSED')) throw error;
      }
    }
    return ask(last?.grant ?? '');
  }
  return {
    leaseBudget: (request) => first((grant) => auth.leaseBudget({ ...request, grant })),
    returnBudget: (request) => first((grant) => auth.returnBudget({ ...request, grant })),
  };
}

import type { Clock } from '@holdfast/kernel';
import { fenceOf } from './fence.js';
import { identityLimit, OUTLOOK_LIMITS, sharepointLimits, type TenantSize, type WindowLimit } from './buckets.js';
import {
  type BudgetDemand,
  type BudgetOutcome,
  type BudgetTicket,
  type RateLimit,
  RequestBudget,
} from './request-budget.port.js';
import { BudgetScope } from './scope.js';
import { SlidingWindow } from './sliding-window.js';

export interface LocalBudgetOptions {
  readonly clock: Clock;
  readonly size: TenantSize;
  /** Part of each documented limit that is used, at most 1. The rest absorbs the way between our clock and Microsoft's. */
  readonly share?: number;
}

/** How many mailboxes may be remembered before idle ones are dropped. */
const SWEEP_AT = 1_000;
/** SharePoint documents no such number; this bounds sockets, not budget. */
const UNBOUNDED_SERVICES_CONCURRENT = 64;

/** The documented limits of one tenant and app, kept by this process alone. */
export class LocalBudget extends RequestBudget {
  readonly #clock: Clock;
  readonly #share: number;
  readonly #mailboxes = new Map<string, BudgetScope>();
  readonly #sharepoint: BudgetScope;
  readonly #sharepointMinute: SlidingWindow;
  readonly #identity: BudgetScope;

  constructor(options: LocalBudgetOptions) {
    super();
    this.#clock = options.clock;
    this.#share = options.share ?? 0.97;
    const { minute, day } = sharepointLimits(options.size);
    this.#sharepointMinute = this.#window(minute);
    this.#sharepoint = this.#costScope(this.#sharepointMinute, this.#window(day));
    this.#identity = this.#costScope(this.#window(identityLimit(options.size)));
  }

  override async acquire(demand: BudgetDemand, signal?: AbortSignal): Promise<BudgetTicket> {
    const scope = this.#scope(demand);
    await scope.enter(demand, signal);
    return { done: (outcome) => this.#done(demand, scope, outcome) };
  }

  #done(demand: BudgetDemand, scope: BudgetScope, outcome: BudgetOutcome): void {
    if (demand.bucket === 'sharepoint' && outcome.rateLimit !== undefined) this.#correct(scope, outcome.rateLimit);
    this.heed(demand, outcome);
    scope.leave();
  }

  override heed(demand: BudgetDemand, outcome: BudgetOutcome): void {
    const fence = fenceOf(demand, outcome);
    if (!fence) return;
    const fenced = fence.scope === 'app' ? [this.#sharepoint, this.#identity, ...this.#mailboxes.values()] : [];
    for (const scope of [this.#scope(demand), ...fenced]) scope.fence(fence.forMs);
  }

  /** Others may use the same app registration: what the service counted beats what we counted. */
  #correct(scope: BudgetScope, rateLimit: RateLimit): void {
    if (rateLimit.remaining <= 0) scope.fence(rateLimit.resetMs);
    else this.#sharepointMinute.raiseTo(this.#clock.now(), (rateLimit.limit - rateLimit.remaining) * this.#share);
  }

  #scope(demand: BudgetDemand): BudgetScope {
    switch (demand.bucket) {
      case 'sharepoint':
        return this.#sharepoint;
      case 'identity':
        return this.#identity;
      case 'outlook':
        return this.#mailbox(demand.mailbox ?? '');
    }
  }

  #mailbox(id: string): BudgetScope {
    const known = this.#mailboxes.get(id);
    if (known !== undefined) return known;
    if (this.#mailboxes.size >= SWEEP_AT) this.#forgetIdle();
    const scope = new BudgetScope(this.#clock, {
      meters: [
        { window: this.#window(OUTLOOK_LIMITS.requests), amount: (demand) => demand.cost },
        { window: this.#window(OUTLOOK_LIMITS.uploadBytes), amount: (demand) => demand.uploadBytes ?? 0 },
      ],
      concurrent: OUTLOOK_LIMITS.concurrent,
    });
    this.#mailboxes.set(id, scope);
    return scope;
  }

  #forgetIdle(): void {
    for (const [id, scope] of this.#mailboxes) if (scope.isIdle) this.#mailboxes.delete(id);
  }

  #costScope(...windows: SlidingWindow[]): BudgetScope {
    return new BudgetScope(this.#clock, {
      meters: windows.map((window) => ({ window, amount: (demand: BudgetDemand) => demand.cost })),
      concurrent: UNBOUNDED_SERVICES_CONCURRENT,
    });
  }

  #window(limit: WindowLimit): SlidingWindow {
    return new SlidingWindow({ amount: Math.floor(limit.amount * this.#share), perMs: limit.perMs });
  }
}

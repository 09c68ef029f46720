import type { GrantClaims } from '@holdfast/contracts';
import { Injectable } from '@nestjs/common';
import { BudgetBuckets, type MeteredService } from './budget-buckets.js';
import { Budgets } from './budgets.port.js';

export interface Throttled {
  readonly service: MeteredService;
  readonly mailbox: string;
  /** Whom Microsoft asked to wait: one mailbox or one service of the tenant, or the app in all its tenants. */
  readonly scope: 'own' | 'app';
  readonly forMs: number;
}

/** Holds everybody back from what Microsoft asked to leave alone, and nobody from anything else. */
@Injectable()
export class FenceBudget {
  constructor(
    private readonly budgets: Budgets,
    private readonly buckets: BudgetBuckets,
  ) {}

  async run({ tenant }: GrantClaims, { service, mailbox, scope, forMs }: Throttled): Promise<void> {
    const { own, app } = await this.buckets.of(tenant, service, mailbox);
    await this.budgets.fence(own, forMs);
    if (scope === 'own') return;
    // After a whole window the app's limit is free again; longer, one tenant's answer does not hold back all the others.
    const windowMs = app.rules.meters[0]?.limit.windowMs ?? forMs;
    await this.budgets.fence(app, Math.min(forMs, windowMs));
  }
}

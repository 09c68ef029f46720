import type { GrantClaims } from '@holdfast/contracts';
import { parseTenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { BudgetBuckets, type MeteredService } from './budget-buckets.js';
import { Budgets } from './budgets.port.js';
import { Workers } from './workers.port.js';

export interface Throttled {
  readonly service: MeteredService;
  readonly mailbox: string;
  /** Whom Microsoft asked to wait: one mailbox or one service of the tenant, or the app in all its tenants. */
  readonly scope: 'own' | 'app';
  readonly forMs: number;
}

/**
 * Holds everybody back from what Microsoft asked to leave alone, and nobody from anything else: nothing more is leased of it, and what
 * is leased is called back.
 */
@Injectable()
export class FenceBudget {
  constructor(
    private readonly budgets: Budgets,
    private readonly buckets: BudgetBuckets,
    private readonly workers: Workers,
  ) {}

  async run({ tenant }: GrantClaims, { service, mailbox, scope, forMs }: Throttled): Promise<void> {
    const own = await this.buckets.of(tenant, service, mailbox);
    await this.budgets.fence(own, forMs);
    if (scope === 'own') {
      await this.workers.recall(tenant, own);
      return;
    }
    const app = await this.buckets.of(tenant, 'app');
    // After a whole window the app's limit is free again; longer, one tenant's answer does not hold back all the others.
    const windowMs = app.rules.meters[0]?.limit.windowMs ?? forMs;
    const holders = await this.budgets.fence(app, Math.min(forMs, windowMs));
    for (const holder of new Set([tenant, ...holders.map(parseTenantId)])) await this.workers.recall(holder, 'all');
  }
}

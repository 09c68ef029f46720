import type { GrantClaims } from '@holdfast/contracts';
import { parseTenantId, type TenantId } from '@holdfast/kernel';
import { describe, expect, it } from '@jest/globals';
import type { BucketRules } from '../domain/budget/bucket.js';
import type { BudgetBuckets } from './budget-buckets.js';
import { type BudgetBucket, Budgets } from './budgets.port.js';
import { FenceBudget, type Throttled } from './fence-budget.js';
import { Workers, type Recalled } from './workers.port.js';

const ours = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const theirs = parseTenantId('bbbbbbbb-0000-4000-8000-000000000000');
const limit = { amount: 100, windowMs: 10_000 };
const rules: BucketRules = {
  meters: [{ name: 'requests', limit, reserve: 0 }],
  isOneUnit: true,
  isShared: true,
  slots: 0,
  quantum: 1,
};
const app = { tenantId: ours, service: 'app', mailbox: '', rules } as const;

/** Budgets whose app's slices two tenants hold. */
class NotedBudgets extends Budgets {
  constructor(private readonly log: string[]) {
    super();
  }

  override async lease(): Promise<never> {
    throw new Error('nothing is leased here');
  }
  override async giveBack(): Promise<void> {}
  override async fence({ service, mailbox }: BudgetBucket, forMs: number): Promise<readonly string[]> {
    this.log.push(`fence ${service} ${mailbox} ${forMs}`);
    return service === 'app' ? [ours, theirs] : ['a task'];
  }
}

class NotedWorkers extends Workers {
  constructor(private readonly log: string[]) {
    super();
  }

  override async recall(tenant: TenantId, what: Recalled): Promise<void> {
    const where = what === 'all' ? 'all' : `${what.service} ${what.mailbox}`;
    this.log.push(`recall ${tenant === ours ? 'ours' : 'theirs'}: ${where}`);
  }
}

/** What was done, in order. */
async function fence(throttled: Throttled): Promise<readonly string[]> {
  const log: string[] = [];
  const { service, mailbox } = throttled;
  const own: BudgetBucket = { tenantId: ours, service, mailbox, rules };
  const buckets = {
    of: async (_: unknown, service: string) => (service === 'app' ? app : own),
  } as unknown as BudgetBuckets;
  const fences = new FenceBudget(new NotedBudgets(log), buckets, new NotedWorkers(log));
  await fences.run({ tenant: ours } as GrantClaims, throttled);
  return log;
}

describe('FenceBudget', () => {
  it('recalls the slices of a mailbox once nothing more is leased of it', async () => {
    expect(await fence({ service: 'outlook', mailbox: 'u1', scope: 'own', forMs: 60_000 })).toEqual([
      'fence outlook u1 60000',
      'recall ours: outlook u1',
    ]);
  });

  it('recalls the slices of the app from all tenants that hold some, for one of its windows', async () => {
    expect(await fence({ service: 'sharepoint', mailbox: '', scope: 'app', forMs: 60_000 })).toEqual([
      'fence sharepoint  60000',
      'fence app  10000',
      'recall ours: all',
      'recall theirs: all',
    ]);
  });
});

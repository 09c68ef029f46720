import type { TenantId } from '@holdfast/kernel';
import type { BucketRules } from '../domain/budget/bucket.js';
import type { LeaseAnswer, LeaseAsk } from '../domain/budget/lease.js';

/** A bucket whose use is counted, and the rules that hold for it. */
export interface BudgetBucket {
  /** The tenant; for what an app's tenants share, {@link app} names the app instead. */
  readonly tenantId: TenantId;
  /** outlook, sharepoint or identity; app for what all tenants of an app registration share. */
  readonly service: 'outlook' | 'sharepoint' | 'identity' | 'app';
  /** The mailbox, or empty for what counts for the whole tenant. */
  readonly mailbox: string;
  readonly rules: BucketRules;
}

/** The rows in which budgets are counted, by PostgreSQL's clock; one ask at a time for each bucket. */
export abstract class Budgets {
  abstract lease(bucket: BudgetBucket, ask: LeaseAsk): Promise<LeaseAnswer>;
  /** Takes a slice back. Safe to repeat, and for one that has ended. */
  abstract giveBack(bucket: BudgetBucket, slice: Pick<LeaseAsk, 'leaseId' | 'told'>): Promise<void>;
  /** Nothing is leased from the bucket until the time is over. Answers the members that hold slices of it. */
  abstract fence(bucket: BudgetBucket, forMs: number): Promise<readonly string[]>;
}

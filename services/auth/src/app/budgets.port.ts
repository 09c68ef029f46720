import type { TenantId } from '@holdfast/kernel';
import type { WindowLimit } from '../domain/budget-window.js';
import type { Lane } from '../domain/lane-share.js';

export interface BudgetMeter {
  readonly name: string;
  readonly limit: WindowLimit;
  readonly wanted: number;
}

export interface BudgetAsk {
  readonly tenantId: TenantId;
  /** outlook, sharepoint or identity. */
  readonly bucket: string;
  /** The mailbox, or empty for what counts for the whole tenant: then lanes are kept from rushing. */
  readonly scope: string;
  readonly lane: Lane;
  /** Each window that the ask has to fit into, and how much of it is wanted. */
  readonly meters: readonly BudgetMeter[];
  /** Concurrency slots wanted, and how many there are; 0 for buckets without. */
  readonly slots: number;
  readonly slotsAllowed: number;
  /** How long the lease lasts unless given back. */
  readonly leaseMs: number;
  readonly holder: string;
}

export interface BudgetLease {
  /** Empty when nothing was granted. */
  readonly leaseId: string;
  /** Granted amounts in the order of the meters. */
  readonly granted: readonly number[];
  readonly slots: number;
  readonly expiresAtMs: number;
  readonly waitMs: number;
}

/** An ask for what all tenants of one app registration share. */
export interface AppAsk {
  readonly cloud: string;
  readonly clientId: string;
  readonly lane: Lane;
  readonly meter: BudgetMeter;
}

/** The rows in which budgets are counted, by PostgreSQL's clock. */
export abstract class Budgets {
  abstract lease(ask: BudgetAsk): Promise<BudgetLease>;
  /** Takes up to what is wanted from an app's own window; what it takes is spent, and comes back with the window alone. */
  abstract spend(ask: AppAsk): Promise<{ readonly granted: number; readonly waitMs: number }>;
  /** Gives unused amounts, in the order of the meters, back to the slots they were taken from; `isFinished` frees the concurrency slots. Safe to repeat. */
  abstract giveBack(tenant: TenantId, leaseId: string, unused: readonly number[], isFinished: boolean): Promise<void>;
  /** Nothing is leased from the scope until the time is over. */
  abstract fence(tenant: TenantId, bucket: string, scope: string, forMs: number): Promise<void>;
}

import type { TenantId } from '@holdfast/kernel';
import type { BudgetBucket } from './budgets.port.js';

/** What of a tenant's slices is void: those of one bucket, or all. */
export type Recalled = Pick<BudgetBucket, 'service' | 'mailbox'> | 'all';

/** The processes that hold slices of a tenant's budgets. */
export abstract class Workers {
  /**
   * Has them put down what they hold there and ask again. Never fails: who does not hear of it holds its slice until it ends, two
   * seconds later at most.
   */
  abstract recall(tenant: TenantId, what: Recalled): Promise<void>;
}

import type { TenantId, Workload } from '@holdfast/kernel';
import type { Usage } from '../domain/quote-backup.js';
import type { Account } from '../domain/selection.js';

export interface NamedAccount extends Account {
  /** As usage reports name it. */
  readonly principalName: string;
}

/** What Microsoft's newest usage report says. */
export interface MeasuredAccounts {
  /** In the order of the question; undefined for accounts that the report does not name. */
  readonly usage: readonly (Usage | undefined)[];
  /** The day that the report tells of; empty when it tells of nobody. */
  readonly day: string;
}

/** Knows which accounts a tenant has. */
export abstract class Directory {
  /** All accounts in pages; throws what auth says when Microsoft cannot be asked. */
  abstract accounts(tenant: TenantId): AsyncIterable<readonly NamedAccount[]>;
  /** Of at most a page of accounts. GRAPH_DENIED where the app may not read usage reports. */
  abstract usage(tenant: TenantId, workload: Workload, principalNames: readonly string[]): Promise<MeasuredAccounts>;
}

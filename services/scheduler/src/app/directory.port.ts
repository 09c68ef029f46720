import type { TenantId } from '@holdfast/kernel';
import type { Account } from '../domain/selection.js';

/** Knows which accounts a tenant has. */
export abstract class Directory {
  /** All accounts in pages; throws what auth says when Microsoft cannot be asked. */
  abstract accounts(tenant: TenantId): AsyncIterable<readonly Account[]>;
}

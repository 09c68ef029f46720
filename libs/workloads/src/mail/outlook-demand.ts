import type { BudgetDemand } from '@holdfast/graph';

/** What `requests` to one mailbox use. */
export function outlookDemand(userId: string, requests = 1): BudgetDemand {
  return { bucket: 'outlook', mailbox: userId, cost: requests };
}

/** The path of a mailbox below `/v1.0`. */
export function mailboxPath(userId: string): string {
  return `/users/${encodeURIComponent(userId)}`;
}

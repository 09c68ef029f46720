import type { BudgetDemand, BudgetOutcome } from './request-budget.port.js';

/** Whom an answer asks to wait: one mailbox, one service of one tenant, or the app registration in all its tenants. */
export type FenceScope = 'mailbox' | 'service' | 'app';

export interface Fence {
  readonly scope: FenceScope;
  readonly forMs: number;
}

/** The code of the limit over all services; the services themselves use codes of their own. [Graph documentation: concepts/throttling.md] */
const GLOBAL_CODE = 'toomanyrequests';
/** Where Microsoft does not say how long (seen: OneDrive/onedrive-api-docs#744). Whoever was refused backs off more and more by itself. */
const UNSAID_MS = 1_000;

/**
 * What an answer holds back. Outlook's limits are per mailbox and stop no other [includes/throttling-outlook.md]; SharePoint's and the
 * directory's are per tenant, and say nothing about the tenant's other services. `TooManyRequests` from a service other than the directory
 * is Graph's own limit of the app.
 */
export function fenceOf(demand: BudgetDemand, outcome: BudgetOutcome): Fence | undefined {
  const { status, rateLimit, graphCode } = outcome;
  const isSpent = rateLimit !== undefined && rateLimit.remaining <= 0;
  if (status !== 429 && outcome.retryAfterMs === undefined && !isSpent) return undefined;
  const resetMs = isSpent ? rateLimit.resetMs : 0;
  const forMs = Math.max(outcome.retryAfterMs ?? (isSpent ? 0 : UNSAID_MS), resetMs);
  if (status === 429 && graphCode === GLOBAL_CODE && demand.bucket !== 'identity') return { scope: 'app', forMs };
  return { scope: demand.bucket === 'outlook' ? 'mailbox' : 'service', forMs };
}

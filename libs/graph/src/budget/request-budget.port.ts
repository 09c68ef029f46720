/** The services of Microsoft 365 that meter requests separately. */
export type BudgetBucket = 'outlook' | 'sharepoint' | 'identity';

/** What one request will use of the documented limits. */
export interface BudgetDemand {
  readonly bucket: BudgetBucket;
  /** Id of the mailbox that an `outlook` request is about; its limits are per mailbox. */
  readonly mailbox?: string;
  /** Requests for `outlook`, resource units for the others. */
  readonly cost: number;
  /** Bytes of the request's body, which `outlook` limits too. */
  readonly uploadBytes?: number;
}

/** `RateLimit-*` as SharePoint sends it from 80 % use on: of the app's minute. */
export interface RateLimit {
  /** Resource units per window. */
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

/** What came of the request. */
export interface BudgetOutcome {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** Microsoft's error code in lower case; empty or absent when there was none. */
  readonly graphCode?: string;
  /** Milliseconds that Microsoft asked to wait. */
  readonly retryAfterMs?: number;
  readonly rateLimit?: RateLimit;
}

export interface BudgetTicket {
  /** Ends the request's place among the concurrent ones and feeds back what Microsoft said. Called exactly once, after the body. */
  done(outcome: BudgetOutcome): void;
}

/**
 * Says when a request may go. One budget serves one tenant and one app registration: the pair that Microsoft meters. Each
 * try of a request takes a ticket of its own, because throttled requests count too. Tickets of one scope come in order.
 */
export abstract class RequestBudget {
  /** Resolves when the demand fits; rejects with the signal's reason. */
  abstract acquire(demand: BudgetDemand, signal?: AbortSignal): Promise<BudgetTicket>;
  /** Takes to heart what an answer said that had no ticket of its own. */
  abstract heed(demand: BudgetDemand, outcome: BudgetOutcome): void;
}

import type { BudgetDemand } from './budget/request-budget.port.js';

/** One request to Graph, without what every request carries. */
export interface GraphRequest {
  /** GET when absent. */
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** A path below `/v1.0`, or a link that Graph gave. */
  readonly path: string;
  readonly demand: BudgetDemand;
  /** Values of `Prefer` beside the immutable ids. */
  readonly prefer?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly bytes?: { readonly type: string; readonly content: Uint8Array };
  /**
   * Whether doing it twice harms nothing; when absent, all but POST. What is not repeatable fails with GRAPH_UNAVAILABLE when
   * it may have been done although no answer came: the caller looks, then decides.
   */
  readonly isRepeatable?: boolean;
}

/** A request to an address that carries its own right (download, upload session): it goes without our token. */
export interface PreauthenticatedRequest extends Omit<GraphRequest, 'path' | 'prefer' | 'json'> {
  readonly url: string;
}

import type { BudgetBucket } from './budget/request-budget.port.js';

/** What a try of a request may be told of: no id, no name, no part of its query. */
export interface ObservedRequest {
  readonly method: string;
  /** The path with ids and names left out. */
  readonly route: string;
  readonly bucket: BudgetBucket;
}

/** Is told of the requests of a client. What it throws ends the request. */
export interface RequestObserver {
  /** Runs one try; `send` resolves with the head of the answer. Answers what `send` answers. */
  sending<Answer extends { readonly status: number }>(
    request: ObservedRequest,
    send: () => Promise<Answer>,
  ): Promise<Answer>;
  /** A request is made again, because of a failure with this code. */
  repeated(bucket: BudgetBucket, code: string): void;
}

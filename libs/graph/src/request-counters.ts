import type { BudgetBucket, BudgetDemand } from './budget/request-budget.port.js';

/** What a run asked of Microsoft, for its report. Throttled and repeated requests are counted each time. */
export interface RequestTotals {
  readonly requests: number;
  /** Requests by the service that metered them. */
  readonly byBucket: Readonly<Record<BudgetBucket, number>>;
  /** Resource units of SharePoint and OneDrive. */
  readonly resourceUnits: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Answers that asked to wait. */
  readonly throttled: number;
  /** Tries after the first of a request. */
  readonly repeated: number;
  /** Milliseconds that requests took from leaving to the end of their answers, added up. */
  readonly requestMs: number;
}

/** Counts what goes through a client; one per task. */
export class RequestCounters {
  requests = 0;
  resourceUnits = 0;
  bytesIn = 0;
  bytesOut = 0;
  throttled = 0;
  repeated = 0;
  requestMs = 0;
  readonly #byBucket = { outlook: 0, sharepoint: 0, identity: 0 };

  request(demand: BudgetDemand): void {
    this.requests += 1;
    this.#byBucket[demand.bucket] += 1;
    this.bytesOut += demand.uploadBytes ?? 0;
    if (demand.bucket === 'sharepoint') this.resourceUnits += demand.cost;
  }

  totals(): RequestTotals {
    const { requests, resourceUnits, bytesIn, bytesOut, throttled, repeated, requestMs } = this;
    const byBucket = { ...this.#byBucket };
    return { requests, byBucket, resourceUnits, bytesIn, bytesOut, throttled, repeated, requestMs };
  }
}

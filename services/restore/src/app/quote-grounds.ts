import type { RequestTotals } from '@holdfast/graph';
import { ASSUMED_REQUEST_MS, QuoteSum, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { STEPS_AT_ONCE } from './target-run.js';
import { RestoreTasks, TenantLimits } from './tenant-limits.port.js';

/** Fewer requests than these say little about how long one takes. */
const ENOUGH_REQUESTS = 5;

/** Knows what the time of a restore depends on: the tenant's limits, how long its requests take, and how many go at once. */
@Injectable()
export class QuoteGrounds {
  constructor(
    private readonly limits: TenantLimits,
    private readonly tasks: RestoreTasks,
  ) {}

  /** A sum without work in it. `asked` is what planning asked of the targets. */
  async begin(tenant: TenantId, asked: Pick<RequestTotals, 'requests' | 'requestMs'>): Promise<QuoteSum> {
    const isMeasured = asked.requests >= ENOUGH_REQUESTS && asked.requestMs > 0;
    const requestMs = isMeasured ? asked.requestMs / asked.requests : ASSUMED_REQUEST_MS;
    const requestsAtOnce = { mail: STEPS_AT_ONCE, drive: STEPS_AT_ONCE };
    const pace = { requestMs, requestsAtOnce, tasksAtOnce: this.tasks.atOnce };
    return new QuoteSum(await this.limits.ofRestores(tenant), pace);
  }
}

import type { BudgetDemand, Fence } from '@holdfast/graph';
import type { Clock, TenantId } from '@holdfast/kernel';

type Where = Pick<BudgetDemand, 'bucket' | 'mailbox'>;

/** What Microsoft asked this process to leave alone: all its tasks see it at once, before auth has told the other processes. */
export class FenceBoard {
  readonly #until = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  raise(tenant: TenantId, where: Where, { scope, forMs }: Fence): void {
    const key = scope === 'app' ? tenant : keyOf(tenant, where);
    const until = this.clock.now() + forMs;
    for (const [other, end] of this.#until) if (end <= this.clock.now()) this.#until.delete(other);
    this.#until.set(key, Math.max(this.#until.get(key) ?? 0, until));
  }

  /** Milliseconds until requests may go there. */
  waitMs(tenant: TenantId, where: Where): number {
    const until = Math.max(this.#until.get(tenant) ?? 0, this.#until.get(keyOf(tenant, where)) ?? 0);
    return Math.max(0, until - this.clock.now());
  }
}

function keyOf(tenant: TenantId, { bucket, mailbox = '' }: Where): string {
  return `${tenant}/${bucket}/${mailbox}`;
}

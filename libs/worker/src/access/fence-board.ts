import type { BudgetBucket, Fence } from '@holdfast/graph';
import type { Clock, TenantId } from '@holdfast/kernel';

/** One bucket of a tenant: of one mailbox, or of a service. */
export interface FencedPlace {
  readonly bucket: BudgetBucket;
  readonly mailbox?: string;
}

interface Recall {
  readonly count: number;
  readonly atMs: number;
}

/** Longer than anybody holds a slice: what was leased before is over by itself. */
const RECALL_KEPT_MS = 60_000;

/**
 * What this process is to leave alone. What Microsoft told it itself all its tasks see at once, before auth has heard of it; what
 * Microsoft told others comes as a recall: slices that were leased before it are void, and auth says how long to wait.
 */
export class FenceBoard {
  readonly #until = new Map<string, number>();
  readonly #recalled = new Map<string, Recall>();
  #recalls = 0;

  constructor(private readonly clock: Clock) {}

  raise(tenant: TenantId, where: FencedPlace, { scope, forMs }: Fence): void {
    const key = keyOf(tenant, scope === 'app' ? 'all' : where);
    const until = this.clock.now() + forMs;
    for (const [other, end] of this.#until) if (end <= this.clock.now()) this.#until.delete(other);
    this.#until.set(key, Math.max(this.#until.get(key) ?? 0, until));
  }

  /** Milliseconds until requests may go there. */
  waitMs(tenant: TenantId, where: FencedPlace | 'all'): number {
    const until = Math.max(this.#until.get(tenant) ?? 0, this.#until.get(keyOf(tenant, where)) ?? 0);
    return Math.max(0, until - this.clock.now());
  }

  /** Makes void what is held of one bucket, or of all of the tenant's. */
  recall(tenant: TenantId, where: FencedPlace | 'all'): void {
    const now = this.clock.now();
    for (const [other, { atMs }] of this.#recalled) if (atMs + RECALL_KEPT_MS <= now) this.#recalled.delete(other);
    this.#recalls += 1;
    this.#recalled.set(keyOf(tenant, where), { count: this.#recalls, atMs: now });
  }

  /** Another number after each recall there: a slice holds while the number is what it was when the slice was asked for. */
  recalls(tenant: TenantId, where: FencedPlace | 'all'): number {
    const countOf = (key: string) => this.#recalled.get(key)?.count ?? 0;
    return Math.max(countOf(tenant), countOf(keyOf(tenant, where)));
  }
}

function keyOf(tenant: TenantId, where: FencedPlace | 'all'): string {
  if (where === 'all') return tenant;
  return `${tenant}/${where.bucket}/${where.mailbox ?? ''}`;
}

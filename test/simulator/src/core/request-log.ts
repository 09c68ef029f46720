import type { Bucket } from './route.js';

/** One answered (or broken off) request. */
export interface LogEntry {
  readonly number: number;
  /** Milliseconds since 1970 of the simulator's clock. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** The pattern that answered; '' when none did. */
  readonly route: string;
  readonly tenantId: string;
  readonly user: string;
  readonly status: number;
  readonly bucket: Bucket;
  readonly cost: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** The member's position when the request came in a batch. */
  readonly batchMember?: number;
  /** The fault that was injected. */
  readonly fault?: string;
}

export interface Totals {
  requests: number;
  cost: number;
  throttled: number;
  failed: number;
  bytesIn: number;
  bytesOut: number;
}

const zero = (): Totals => ({ requests: 0, cost: 0, throttled: 0, failed: 0, bytesIn: 0, bytesOut: 0 });

/** What was asked of the simulator: the last entries one by one, all of them in totals. */
export class RequestLog {
  #ring: LogEntry[] = [];
  #count = 0;
  readonly #totals = new Map<string, { readonly by: Record<string, string>; readonly sum: Totals }>();

  constructor(private readonly capacity = 20_000) {}

  add(entry: Omit<LogEntry, 'number'>): void {
    this.#ring[this.#count % this.capacity] = { number: this.#count, ...entry };
    this.#count += 1;
    const key = `${entry.tenantId} ${entry.bucket} ${entry.method} ${entry.route}`;
    let line = this.#totals.get(key);
    if (!line) {
      const { tenantId, bucket, method, route } = entry;
      this.#totals.set(key, (line = { by: { tenantId, bucket, method, route }, sum: zero() }));
    }
    addTo(line.sum, entry);
  }

  /** Entries in order, oldest first, from the number `since` on; those that fell out of the ring are only in the totals. */
  entries(since = 0): LogEntry[] {
    const first = Math.max(since, this.#count - this.capacity, 0);
    const found: LogEntry[] = [];
    for (let number = first; number < this.#count; number += 1) {
      const entry = this.#ring[number % this.capacity];
      if (entry) found.push(entry);
    }
    return found;
  }

  /** Sums by tenant, bucket, method and route since the last reset. */
  totals(): (Record<string, string> & Totals)[] {
    return [...this.#totals.values()].map(({ by, sum }) => ({ ...by, ...sum }) as Record<string, string> & Totals);
  }

  /** How many requests were logged in all; the next entry's number. */
  get count(): number {
    return this.#count;
  }

  reset(): void {
    this.#ring = [];
    this.#count = 0;
    this.#totals.clear();
  }
}

function addTo(sum: Totals, entry: Omit<LogEntry, 'number'>): void {
  sum.requests += 1;
  sum.cost += entry.cost;
  sum.bytesIn += entry.bytesIn;
  sum.bytesOut += entry.bytesOut;
  if (entry.status === 429) sum.throttled += 1;
  if (entry.status === 0 || entry.status >= 500) sum.failed += 1;
}

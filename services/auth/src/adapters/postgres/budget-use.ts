import { observe, type Observed } from '@holdfast/platform';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { WindowLimit } from '../../domain/budget/window.js';

/** As many series as the metric has. */
const KEPT = 2_000;

/** One window of a budget. */
export interface BudgetWindow {
  /** A tenant; of what an app's tenants share, the pool. */
  readonly tenantId: string;
  readonly bucket: string;
  /** The mailbox, or empty. */
  readonly scope: string;
  readonly meter: string;
  readonly limit: WindowLimit;
}

interface Seen {
  readonly window: BudgetWindow;
  /** Part of the window that is taken, 0 to 1. */
  readonly share: number;
  /** Milliseconds by `performance.now`: after this it says nothing any more. */
  readonly until: number;
}

/**
 * How full budgets are, as the leases see it, for whoever collects metrics. Of a tenant's mailboxes the fullest is kept: they are
 * too many to be told of one by one. The longest unseen goes first when there are too many.
 */
@Injectable()
export class BudgetUse implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #seen = new Map<string, Seen>();
  #stop: (() => void) | undefined;

  onApplicationBootstrap(): void {
    this.#stop = observe('holdfast.budget.usage', () => this.read());
  }

  onApplicationShutdown(): void {
    this.#stop?.();
  }

  /** Notes that `used` of a window are taken. */
  note(window: BudgetWindow, used: number, now = performance.now()): void {
    const { tenantId, bucket, scope, meter, limit } = window;
    const key = `${tenantId}/${bucket}/${meter}`;
    const share = used / limit.amount;
    const before = this.#seen.get(key);
    if (before && before.until > now && before.window.scope !== scope && before.share > share) return;
    this.#seen.delete(key);
    this.#seen.set(key, { window, share, until: now + limit.windowMs });
    const [oldest] = this.#seen.size > KEPT ? this.#seen.keys() : [];
    if (oldest !== undefined) this.#seen.delete(oldest);
  }

  /** What is known of windows that have not passed. */
  read(now = performance.now()): readonly Observed<'holdfast.budget.usage'>[] {
    const present = [...this.#seen.values()].filter(({ until }) => until > now);
    return present.map(({ share, window: { tenantId: tenant, bucket, meter } }) => ({
      value: share,
      labels: { tenant, bucket, meter },
    }));
  }
}

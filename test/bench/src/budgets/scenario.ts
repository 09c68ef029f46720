/** One documented limit that binds while many resources of two tenants wait, compressed where its windows would take long to pass. */
export interface Scenario {
  readonly name: string;
  readonly workload: 'mail' | 'drive';
  /** How much faster than Microsoft's the limits come back. */
  readonly timeScale: number;
  /** Part of each documented limit. */
  readonly share: number;
  /** Of the limit that binds. */
  readonly limit: { readonly amount: number; readonly perMs: number };
  /** How many such limits there are: one for each mailbox, or one for each tenant. */
  readonly buckets: (tenants: number, users: number) => number;
  /** Whether all tenants consented to one app registration; else each has its own. */
  readonly isAppShared: boolean;
  /** What keeps it below what is asked, where it is below. */
  readonly behind: string;
}

const MINUTE_MS = 60_000;

/** [Graph documentation: includes/throttling-outlook.md] */
export const MAILBOXES: Scenario = {
  name: 'mailboxes',
  workload: 'mail',
  timeScale: 5,
  share: 0.003,
  limit: { amount: 10_000, perMs: 10 * MINUTE_MS },
  buckets: (tenants, users) => tenants * users,
  isAppShared: false,
  behind:
    'A mailbox takes its window at once and asks again when it has passed: of a window of two minutes each second of the way counts.',
};

/** The smallest tenants' resource units. [SharePoint: how-to-avoid-getting-throttled-or-blocked] */
export const FILES: Scenario = {
  name: 'files of a tenant',
  workload: 'drive',
  timeScale: 1,
  share: 1,
  limit: { amount: 1_250, perMs: MINUTE_MS },
  buckets: (tenants) => tenants,
  isAppShared: false,
  behind:
    'A hundred drives take turns of ten units in slices of a second, each asked of auth by itself; whoever is late for its turn leaves it to the next.',
};

/** What all tenants of an app registration share. [learn.microsoft.com/graph/throttling-limits] */
export const APP: Scenario = {
  name: 'app of all tenants',
  workload: 'mail',
  timeScale: 1,
  // A mailbox's part of it lasts for a minute and a half.
  share: 0.015,
  limit: { amount: 130_000, perMs: 10_000 },
  buckets: () => 1,
  isAppShared: true,
  behind:
    'Each process asks for slices of 200 ms for each tenant: on a busy machine some come late, and what flowed more than four slots before is lost.',
};

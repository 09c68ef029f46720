/** One documented limit that binds while many resources of two tenants wait, compressed so that its windows pass in seconds. */
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
}

const MINUTE_MS = 60_000;

/** [Graph documentation: includes/throttling-outlook.md] */
export const MAILBOXES: Scenario = {
  name: 'mailboxes',
  workload: 'mail',
  timeScale: 20,
  share: 0.003,
  limit: { amount: 10_000, perMs: 10 * MINUTE_MS },
  buckets: (tenants, users) => tenants * users,
};

/** The smallest tenants' resource units. [SharePoint: how-to-avoid-getting-throttled-or-blocked] */
export const FILES: Scenario = {
  name: 'files of a tenant',
  workload: 'drive',
  timeScale: 4,
  share: 1,
  limit: { amount: 1_250, perMs: MINUTE_MS },
  buckets: (tenants) => tenants,
};

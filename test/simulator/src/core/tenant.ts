import type { Rng } from './rng.js';
import type { SimClock } from './sim-clock.js';
import type { Switches } from './switches.js';

/** What `userPurpose` says of a mailbox (docs: graph/api/user-get-mailboxsettings). */
export type UserPurpose = 'user' | 'shared' | 'room' | 'equipment';

/** One entry of the directory. Mutable: the control API and `live` change it through the directory. */
export interface SimUser {
  readonly id: string;
  userPrincipalName: string;
  displayName: string;
  mail: string | null;
  accountEnabled: boolean;
  userType: 'Member' | 'Guest';
  readonly purpose: UserPurpose;
  /** Ids of the licences; empty = unlicensed. */
  skuIds: readonly string[];
  /** False: every Exchange path answers 404 MailboxNotEnabledForRESTAPI. */
  hasMailbox: boolean;
  /** False: every OneDrive path answers 404 itemNotFound, "User's mysite not found". */
  hasDrive: boolean;
  onPremisesSyncEnabled: boolean | null;
  readonly createdAt: number;
}

/** One simulated Microsoft 365 organisation. Workloads keep their models in a {@link TenantSlot} of their own. */
export interface SimTenant {
  /** Microsoft's directory id, a UUID in lower case. */
  readonly id: string;
  /** `contoso7.onmicrosoft.com` */
  readonly domain: string;
  /** `contoso7`: SharePoint's host is `contoso7-my.sharepoint.com`. */
  readonly prefix: string;
  readonly displayName: string;
  readonly createdAt: number;
  /** The tenant's own stream: draw from `rng.derive(kind, id)`, never from it directly. */
  readonly rng: Rng;
  readonly clock: SimClock;
  readonly switches: Switches;
  /** By id; removed users are gone from it. Insertion order is the directory's order. */
  readonly users: ReadonlyMap<string, SimUser>;
  /** By id or userPrincipalName in any case. */
  findUser(idOrName: string): SimUser | undefined;
}

/** A workload's models of one tenant by user id, typed by the workload: `const MAILBOXES = new TenantSlot<Mailbox>()`. */
export class TenantSlot<T> {
  readonly #byTenant = new WeakMap<SimTenant, Map<string, T>>();

  of(tenant: SimTenant): Map<string, T> {
    const found = this.#byTenant.get(tenant);
    if (found) return found;
    const made = new Map<string, T>();
    this.#byTenant.set(tenant, made);
    return made;
  }
}

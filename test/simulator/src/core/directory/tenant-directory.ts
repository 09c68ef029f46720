import type { Rng } from '../rng.js';
import type { SimClock } from '../sim-clock.js';
import { Switches } from '../switches.js';
import type { SimTenant, SimUser } from '../tenant.js';
import { SKUS, tierLicences, tierSkusSwitch, type Sku } from './skus.js';

/** Why a user is gone from the directory; 'changed' = in the deleted items, may come back (docs: graph/delta-query-users). */
export type RemovalReason = 'changed' | 'deleted';

/** What the delta of users says of one id. */
export interface DirectoryChange {
  readonly userId: string;
  /** Rises with every change in the tenant. */
  readonly sequence: number;
  readonly removed: RemovalReason | undefined;
}

export interface TenantIdentity {
  readonly id: string;
  readonly domain: string;
  readonly prefix: string;
  readonly displayName: string;
  readonly rng: Rng;
  readonly clock: SimClock;
}

/** A tenant with its directory: users, when each last changed, and licences. */
export class TenantDirectory implements SimTenant {
  readonly id: string;
  readonly domain: string;
  readonly prefix: string;
  readonly displayName: string;
  readonly createdAt: number;
  readonly rng: Rng;
  readonly clock: SimClock;
  readonly switches: Switches;
  readonly #users = new Map<string, SimUser>();
  readonly #byName = new Map<string, SimUser>();
  /** In the order of their sequence: a change moves the user to the end. */
  readonly #changes = new Map<string, DirectoryChange>();
  #sequence = 0;

  constructor(identity: TenantIdentity) {
    this.id = identity.id;
    this.domain = identity.domain;
    this.prefix = identity.prefix;
    this.displayName = identity.displayName;
    this.rng = identity.rng;
    this.clock = identity.clock;
    this.createdAt = identity.clock.now();
    this.switches = new Switches(identity.rng);
  }

  get users(): ReadonlyMap<string, SimUser> {
    return this.#users;
  }

  /** The last change's number. */
  get sequence(): number {
    return this.#sequence;
  }

  findUser(idOrName: string): SimUser | undefined {
    return this.#users.get(idOrName) ?? this.#byName.get(idOrName.toLowerCase());
  }

  addUser(user: SimUser): void {
    this.#users.set(user.id, user);
    this.#byName.set(user.userPrincipalName.toLowerCase(), user);
    this.#byName.set(user.id.toLowerCase(), user);
    this.#note(user.id, undefined);
  }

  /** Changes fields of a user; false when there is none. */
  updateUser(id: string, change: Partial<Omit<SimUser, 'id' | 'createdAt' | 'purpose'>>): boolean {
    const user = this.#users.get(id);
    if (!user) return false;
    this.#byName.delete(user.userPrincipalName.toLowerCase());
    Object.assign(user, change);
    this.#byName.set(user.userPrincipalName.toLowerCase(), user);
    this.#note(id, undefined);
    return true;
  }

  removeUser(id: string, reason: RemovalReason): boolean {
    const user = this.#users.get(id);
    if (!user) return false;
    this.#users.delete(id);
    this.#byName.delete(user.userPrincipalName.toLowerCase());
    this.#byName.delete(id.toLowerCase());
    this.#note(id, reason);
    return true;
  }

  /** Changes after `sequence`, at most `limit`, oldest first. */
  changesAfter(sequence: number, limit: number): DirectoryChange[] {
    const found: DirectoryChange[] = [];
    for (const change of this.#changes.values()) {
      if (change.sequence <= sequence) continue;
      found.push(change);
      if (found.length === limit) break;
    }
    return found;
  }

  holders(sku: Sku): number {
    let count = 0;
    for (const user of this.#users.values()) if (user.skuIds.includes(sku.skuId)) count += 1;
    return count;
  }

  /** Licences that decide SharePoint's tier of limits. */
  get licences(): number {
    return tierLicences((sku) => this.holders(sku), this.switches.get(tierSkusSwitch));
  }

  skusOf(user: SimUser): Sku[] {
    return SKUS.filter(({ skuId }) => user.skuIds.includes(skuId));
  }

  #note(userId: string, removed: RemovalReason | undefined): void {
    this.#changes.delete(userId);
    this.#changes.set(userId, { userId, sequence: (this.#sequence += 1), removed });
  }
}

/** The directory behind a tenant; every tenant of a world is one. */
export function directoryOf(tenant: SimTenant): TenantDirectory {
  if (tenant instanceof TenantDirectory) return tenant;
  throw new TypeError(`The tenant ${tenant.id} was not made by this simulator.`);
}

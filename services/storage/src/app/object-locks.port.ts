import type { DestinationId, TenantId, VaultId } from '@holdfast/kernel';

/** What one destination holds of one vault. */
export interface VaultPlace {
  readonly tenantId: TenantId;
  readonly vaultId: VaultId;
  readonly destinationId: DestinationId;
}

export interface ObjectToLock {
  readonly objectNo: number;
  /** Name below the vault's prefix. */
  readonly name: string;
}

/** What was found of an object's lock. Instants in milliseconds since the epoch. */
export interface SeenLock {
  readonly objectNo: number;
  /** Undefined where the destination does not have the object. */
  readonly until: number | undefined;
  /** When to look at it again. */
  readonly dueAt: number;
}

/** Why the locks of a place could not be extended. */
export interface FailedLook {
  readonly at: number;
  /** For the person who has to mend it: names nothing of the customer's. */
  readonly reason: string;
  /** Whether the destination locks by its settings; undefined where these could not be had. */
  readonly isLocking: true | undefined;
}

/** A destination of a vault at which locks cannot be extended. Instants in milliseconds since the epoch. */
export interface LockFailure {
  readonly destinationId: DestinationId;
  readonly since: number;
  readonly lastTriedAt: number;
  readonly reason: string;
  /** Objects that something needs and whose lock was due to be extended, and their bytes. */
  readonly objects: number;
  readonly bytes: number;
  /** The first end of their locks; undefined where none of them is known. */
  readonly lockedUntil: number | undefined;
  /** Of these objects, those whose lock was never seen: what they were locked for when they were written. */
  readonly unseen: number;
}

/** Until when destinations keep objects locked, as far as they were asked, and whose lock has to be looked at. Instants in milliseconds since the epoch. */
export abstract class ObjectLocks {
  /** Takes up to `limit` places of all tenants that are due at `now`; nobody else gets them for `leaseMs`. */
  abstract take(limit: number, now: number, leaseMs: number): Promise<readonly VaultPlace[]>;
  /** What was due at the place was extended, so it fails no longer; it is due again at an instant. */
  abstract rest(place: VaultPlace, until: number): Promise<void>;
  /**
   * Objects there that something needs and whose lock is due, up to `limit`, the longest due first. Not among them: what waits to be
   * deleted, and snapshots that retention has let go or keeps for their lock alone.
   */
  abstract due(place: VaultPlace, now: number, limit: number): Promise<readonly ObjectToLock[]>;
  /** Notes that a place fails, from the first time on until it {@link rest}s. Nothing is noted where nothing was ever locked. */
  abstract noteFailure(place: VaultPlace, look: FailedLook): Promise<void>;
  /** Places of a vault that fail, as things stand at `now`. */
  abstract failures(tenant: TenantId, vault: VaultId, now: number): Promise<readonly LockFailure[]>;
  /** Safe to repeat. */
  abstract note(place: VaultPlace, seen: readonly SeenLock[]): Promise<void>;
}

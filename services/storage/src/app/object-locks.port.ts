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

/** Until when destinations keep objects locked, as far as they were asked, and whose lock has to be looked at. Instants in milliseconds since the epoch. */
export abstract class ObjectLocks {
  /** Takes up to `limit` places of all tenants that are due at `now`; nobody else gets them for `leaseMs`. */
  abstract take(limit: number, now: number, leaseMs: number): Promise<readonly VaultPlace[]>;
  /** The place is due again at an instant. */
  abstract rest(place: VaultPlace, until: number): Promise<void>;
  /**
   * Objects there that something needs and whose lock is due, up to `limit`, the longest due first. Not among them: what waits to be
   * deleted, and snapshots that retention has let go or keeps for their lock alone.
   */
  abstract due(place: VaultPlace, now: number, limit: number): Promise<readonly ObjectToLock[]>;
  /** Safe to repeat. */
  abstract note(place: VaultPlace, seen: readonly SeenLock[]): Promise<void>;
}

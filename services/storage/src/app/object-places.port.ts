import type { DestinationId, TenantId, VaultId } from '@holdfast/kernel';

/** An object of a vault as every destination has it. */
export interface StoredObject {
  /** Name below the vault's prefix. */
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of its bytes, lower-case hexadecimal. */
  readonly sha256: string;
}

/** A copy that a destination of the vault still lacks. */
export interface DueCopy {
  readonly tenantId: TenantId;
  readonly vaultId: VaultId;
  readonly object: StoredObject;
  readonly to: DestinationId;
  /** The destination bears our mark. */
  readonly isClaimed: boolean;
  /** Damaged bytes lie at the destination under its name: good ones are to take their place. */
  readonly replaces: boolean;
  /** Destinations that hold it, in the vault's order. */
  readonly from: readonly DestinationId[];
}

/** Which destination holds which object. */
export abstract class ObjectPlaces {
  /** Notes that a destination has acknowledged an object; the vault's other destinations then owe a copy. Safe to repeat. */
  abstract add(tenant: TenantId, vault: VaultId, object: StoredObject, destination: DestinationId): Promise<void>;
  /** As {@link add} for a copy; false where the vault has forgotten the object meanwhile: then nobody else deletes the copy. */
  abstract addCopy(
    tenant: TenantId,
    vault: VaultId,
    object: StoredObject,
    destination: DestinationId,
  ): Promise<boolean>;
  /** By object name, the destinations that hold it, in the vault's order; names that none holds are absent. */
  abstract holdersOf(
    tenant: TenantId,
    vault: VaultId,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, readonly DestinationId[]>>;
  /** Takes up to `limit` due copies of all tenants, oldest first, but to none of `except`; nobody else gets them for `leaseMs`. */
  abstract takeDue(limit: number, leaseMs: number, except: readonly DestinationId[]): Promise<readonly DueCopy[]>;
}

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

/** A destination that did not answer when it was to take copies, and a vault that lies there. */
export interface AwaitedDestination {
  readonly tenantId: TenantId;
  readonly vaultId: VaultId;
  readonly destinationId: DestinationId;
}

/** What no copy is taken for at the moment. */
export interface Resting {
  readonly destinations: readonly DestinationId[];
  /** A vault's copies to one destination, while other vaults' go there. */
  readonly vaults: readonly { readonly vaultId: VaultId; readonly to: DestinationId }[];
}

/** How long a copy rests that failed: twice as long after each time, from the first pause to the longest, less up to a half by chance. */
export abstract class CopyPauses {
  abstract readonly firstMs: number;
  abstract readonly longestMs: number;
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
  /** SHA-256 that an object of the vault has to have, lower-case hexadecimal; undefined for one that the vault does not know. */
  abstract hashOf(tenant: TenantId, vault: VaultId, name: string): Promise<string | undefined>;
  /** Takes up to `limit` due copies of all tenants, oldest first, but none that is `resting`; nobody else gets them for `leaseMs`. */
  abstract takeDue(limit: number, leaseMs: number, resting: Resting): Promise<readonly DueCopy[]>;
  /**
   * Counts a failure of a copy, which is due again after a pause that grows with them, or as soon as the destination that did not answer
   * has returned ({@link hurry}). Nothing happens where it is owed no longer.
   */
  abstract noteFailure(copy: DueCopy, pauses: CopyPauses, awaitsReturn: boolean): Promise<void>;
  /** Up to `limit` destinations of all tenants that copies await the return of, after `after`, in the order of their ids; each with one of the vaults. */
  /** Destinations of a vault that did not answer when a copy was made there last, and that await one. */
  abstract awaitedOf(tenant: TenantId, vault: VaultId): Promise<readonly DestinationId[]>;
  abstract awaited(after: DestinationId | undefined, limit: number): Promise<readonly AwaitedDestination[]>;
  /** Makes up to `limit` copies due that rest for a destination which has returned; answers how many. */
  abstract hurry(destination: DestinationId, limit: number): Promise<number>;
  /**
   * Makes up to `limit` copies due that rest for longer than `longestMs`, which none does while the database's clock goes as clocks do: it
   * went back since. Answers how many.
   */
  abstract hurryOverlong(longestMs: number, limit: number): Promise<number>;
}

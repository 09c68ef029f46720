import type { DestinationId, TenantId, VaultId } from '@holdfast/kernel';

/** What one destination holds of a vault. */
export interface DestinationShare {
  readonly destinationId: DestinationId;
  readonly packs: number;
  readonly packsBytes: number;
  /** Packs that the vault has and this destination lacks. */
  readonly packsBehind: number;
  /** Replaced key objects that still lie there. */
  readonly keysBehind: number;
}

/** Sums over the live packs of a vault. */
export interface VaultStatistics {
  readonly packs: number;
  readonly packsBytes: number;
  readonly dataBytes: number;
  readonly metaBytes: number;
  readonly chunks: number;
  /** Snapshots that are visible. */
  readonly snapshots: number;
  readonly destinations: readonly DestinationShare[];
}

/** What a destination may still hold of a vault that was discarded. */
export interface LeftVault {
  readonly tenantId: TenantId;
  readonly vaultId: VaultId;
  readonly destinationId: DestinationId;
}

/** Which vaults there are and where their bytes go. */
export abstract class Vaults {
  /** Safe to repeat with the same destinations; ALREADY_EXISTS with others. */
  abstract create(tenant: TenantId, vault: VaultId, destinations: readonly DestinationId[]): Promise<void>;
  /** A rebuild has opened this generation; a lower one than the present changes nothing. */
  abstract raiseGeneration(tenant: TenantId, vault: VaultId, generation: number): Promise<void>;
  /** NOT_FOUND for a vault that the tenant does not have. */
  abstract generationOf(tenant: TenantId, vault: VaultId): Promise<number>;
  /** Notes that a destination bears our mark; one that was away when the vault was made gets it with its first copy. */
  abstract noteClaimed(tenant: TenantId, vault: VaultId, destination: DestinationId): Promise<void>;
  /**
   * Forgets a vault that has no pack and no snapshot, and leaves its destinations to be cleared; nothing happens where there is
   * none. FAILED_PRECONDITION for a vault that holds anything.
   */
  abstract discard(tenant: TenantId, vault: VaultId): Promise<void>;
  /** Takes up to `limit` destinations of discarded vaults of all tenants; each comes again, later and later, until it is cleared. */
  abstract takeLeft(limit: number): Promise<readonly LeftVault[]>;
  abstract noteCleared(left: LeftVault): Promise<void>;
  /** In order: the first takes the first copy. NOT_FOUND for a vault that the tenant does not have. */
  abstract destinationsOf(tenant: TenantId, vault: VaultId): Promise<readonly DestinationId[]>;
  /**
   * Gives a vault these destinations in this order. What it holds is owed to the new ones; what lies at those left out is known no
   * longer, and stays there. Safe to repeat. FAILED_PRECONDITION while one that is left out alone holds anything that is not away.
   */
  abstract changeDestinations(tenant: TenantId, vault: VaultId, wanted: readonly DestinationId[]): Promise<void>;
  abstract statistics(tenant: TenantId, vault: VaultId): Promise<VaultStatistics>;
}

import type { DestinationId, TenantId, VaultId } from '@holdfast/kernel';

/** What one destination holds of a vault. */
export interface DestinationShare {
  readonly destinationId: DestinationId;
  readonly packs: number;
  readonly packsBytes: number;
  /** Packs that the vault has and this destination lacks. */
  readonly packsBehind: number;
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

/** One copy of an object. */
export interface PlacedObject {
  readonly name: string;
  readonly destinationId: DestinationId;
}

/** Which vaults there are and where their bytes go. */
export abstract class Vaults {
  /** Safe to repeat with the same destinations; ALREADY_EXISTS with others. */
  abstract create(tenant: TenantId, vault: VaultId, destinations: readonly DestinationId[]): Promise<void>;
  /**
   * Forgets a vault that has no pack and no snapshot, and answers the objects that its destinations hold; none for a vault that is
   * not there. FAILED_PRECONDITION for a vault that holds anything.
   */
  abstract discard(tenant: TenantId, vault: VaultId): Promise<readonly PlacedObject[]>;
  /** In order: the first takes the first copy. NOT_FOUND for a vault that the tenant does not have. */
  abstract destinationsOf(tenant: TenantId, vault: VaultId): Promise<readonly DestinationId[]>;
  abstract statistics(tenant: TenantId, vault: VaultId): Promise<VaultStatistics>;
}

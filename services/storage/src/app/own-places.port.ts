import type { Place, PutTerms } from '@holdfast/destinations';
import type { DestinationId, TenantId, VaultId } from '@holdfast/kernel';

/** One object of one vault at one destination. */
export interface ObjectAddress {
  readonly tenantId: TenantId;
  readonly vaultId: VaultId;
  readonly destinationId: DestinationId;
  readonly name: string;
}

/** What the bearer of a place may do. */
export type PlaceRight =
  | { readonly method: 'PUT'; readonly address: ObjectAddress; readonly terms: PutTerms }
  | { readonly method: 'GET'; readonly address: ObjectAddress };

/** Places at storage's own HTTP endpoint, for destinations that only storage can reach. */
export abstract class OwnPlaces {
  abstract issue(right: PlaceRight, ttlMs: number): Promise<Place>;
  /** The right that a place's token carries; UNAUTHENTICATED for one that storage did not issue or that has run out. */
  abstract read(token: string): Promise<PlaceRight>;
}

import type { Destination } from '@holdfast/destinations';
import type { DestinationId, TenantId, VaultId } from '@holdfast/kernel';

/** Opens destinations with the credentials that auth keeps. */
export abstract class DestinationDirectory {
  /** The destination, showing one vault. Kept open between calls; NOT_FOUND where the tenant may not use it. */
  abstract open(tenant: TenantId, vault: VaultId, destination: DestinationId): Promise<Destination>;
  /** A saved destination, showing what lies below a prefix, whoever's it is. */
  abstract openBelow(tenant: TenantId, destination: DestinationId, prefix: string): Promise<Destination>;
  /** A saved destination, for its test. */
  abstract openForTest(tenant: TenantId, destination: DestinationId): Promise<Destination>;
}

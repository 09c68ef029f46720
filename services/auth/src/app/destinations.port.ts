import type { DestinationId, TenantId } from '@holdfast/kernel';

/** A place that holds backup data, without its credentials. */
export interface DestinationRow {
  readonly tenantId: TenantId;
  readonly destinationId: DestinationId;
  readonly displayName: string;
  /** Of its settings. */
  readonly kind: string;
  /** DestinationSettings of libs/destinations as JSON. */
  readonly settingsJson: string;
  readonly createdAtMs: number;
}

/** Keeps destinations. Another tenant's is NOT_FOUND. */
export abstract class Destinations {
  abstract create(
    destination: Omit<DestinationRow, 'createdAtMs'>,
    sealedCredentials: Buffer | undefined,
  ): Promise<DestinationRow>;
  abstract get(tenant: TenantId, destination: DestinationId): Promise<DestinationRow>;
  /** Undefined for a destination without credentials. */
  abstract sealedCredentials(tenant: TenantId, destination: DestinationId): Promise<Buffer | undefined>;
  abstract list(tenant: TenantId): Promise<readonly DestinationRow[]>;
  /** FAILED_PRECONDITION while a vault uses it. */
  abstract delete(tenant: TenantId, destination: DestinationId): Promise<void>;
}

import type { DestinationId, TenantId, VaultId } from '@holdfast/kernel';

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
  /** Raised by every change. */
  readonly version: number;
}

/** What a change writes over; credentials are left as they are where none are given. */
export interface DestinationChange {
  readonly displayName: string;
  readonly settingsJson: string;
  readonly sealedCredentials: Buffer | undefined;
}

/** A vault that lies at a destination, and its header object. */
export interface VaultThere {
  readonly vaultId: VaultId;
  readonly header: Buffer;
}

/** Keeps destinations. Another tenant's is NOT_FOUND. */
export abstract class Destinations {
  abstract create(
    destination: Omit<DestinationRow, 'createdAtMs' | 'version'>,
    sealedCredentials: Buffer | undefined,
  ): Promise<DestinationRow>;
  abstract get(tenant: TenantId, destination: DestinationId): Promise<DestinationRow>;
  /** Undefined for a destination without credentials. */
  abstract sealedCredentials(tenant: TenantId, destination: DestinationId): Promise<Buffer | undefined>;
  /** The credentials of a tenant's destinations behind this one, in the order of their ids; those without any are left out. */
  abstract sealedPage(
    tenant: TenantId,
    after: DestinationId | undefined,
    size: number,
  ): Promise<readonly { readonly destinationId: DestinationId; readonly sealed: Buffer }[]>;
  /** Puts credentials that were sealed anew in the place of `before`; false where something else is there by now. */
  abstract reseal(tenant: TenantId, destination: DestinationId, before: Buffer, now: Buffer): Promise<boolean>;
  abstract list(tenant: TenantId): Promise<readonly DestinationRow[]>;
  /** The vaults that lie at a destination, in the order of their ids. */
  abstract vaultsAt(tenant: TenantId, destination: DestinationId): Promise<readonly VaultThere[]>;
  /** CONFLICT where `version` is not the stored one, or another vault has come to lie there than `vaults`. */
  abstract change(
    tenant: TenantId,
    destination: DestinationId,
    read: { readonly version: number; readonly vaults: readonly VaultId[] },
    change: DestinationChange,
  ): Promise<DestinationRow>;
  /** FAILED_PRECONDITION while a vault uses it. */
  abstract delete(tenant: TenantId, destination: DestinationId): Promise<void>;
}

import type { TenantId } from '@holdfast/kernel';

/** A customer's Microsoft 365 tenant as this installation knows it. */
export interface Tenant {
  readonly tenantId: TenantId;
  readonly displayName: string;
  /** Microsoft's id of the directory. */
  readonly directoryId: string;
  readonly clientId: string;
  /** Name of the cloud. */
  readonly cloud: string;
  readonly credentialKind: 'secret' | 'certificate';
  readonly createdAtMs: number;
  readonly credentialExpiresAtMs?: number;
}

/** What the documented limits of a tenant follow; read from Microsoft now and then. */
export interface TenantSize {
  readonly licences: number;
  readonly users: number;
}

export interface StoredCredential {
  readonly kind: 'secret' | 'certificate';
  /** Sealed JSON of the app credential. */
  readonly sealed: Buffer;
  readonly expiresAtMs?: number;
}

/** Keeps tenants. Another tenant's is NOT_FOUND. */
export abstract class Tenants {
  /** ALREADY_EXISTS when the directory is registered with the same app. */
  abstract create(
    tenant: Pick<Tenant, 'tenantId' | 'displayName' | 'directoryId' | 'clientId' | 'cloud'>,
    credential: StoredCredential,
  ): Promise<Tenant>;
  abstract get(tenant: TenantId): Promise<Tenant>;
  abstract credential(tenant: TenantId): Promise<StoredCredential>;
  /** Of tenants behind this one, in the order of their ids. */
  abstract sealedCredentials(
    after: TenantId | undefined,
    size: number,
  ): Promise<readonly { readonly tenantId: TenantId; readonly sealed: Buffer }[]>;
  /** Puts the credential that was sealed anew in the place of `before`; false where something else is there by now. */
  abstract reseal(tenant: TenantId, before: Buffer, now: Buffer): Promise<boolean>;
  /** All of the named ones that exist, or all there are. */
  abstract list(tenants: readonly TenantId[] | undefined): Promise<readonly Tenant[]>;
  abstract update(
    tenant: TenantId,
    change: { readonly displayName?: string; readonly credential?: StoredCredential },
  ): Promise<Tenant>;
  /** FAILED_PRECONDITION while vaults or destinations are left. */
  abstract delete(tenant: TenantId): Promise<void>;
  /** Undefined until it was read once. */
  abstract size(tenant: TenantId): Promise<TenantSize | undefined>;
  abstract noteSize(tenant: TenantId, size: TenantSize): Promise<void>;
}

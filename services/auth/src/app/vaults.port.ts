import type { DestinationId, TenantId, VaultId } from '@holdfast/kernel';
import type { KeyKind } from '../domain/key-kind.js';

/** The public half of the key that certifies tasks of one generation. */
export interface GenerationKey {
  readonly generation: number;
  /** Ed25519, 32 bytes. */
  readonly publicKey: Buffer;
}

export interface VaultRow {
  readonly tenantId: TenantId;
  readonly vaultId: VaultId;
  readonly keyKind: KeyKind;
  readonly keyBits: 128 | 256;
  readonly destinationIds: readonly DestinationId[];
  readonly createdAtMs: number;
  readonly generation: number;
  /** The vault's header object. */
  readonly header: Buffer;
  /** Who certifies the tasks of each generation, the present one last. */
  readonly signingKeys: readonly GenerationKey[];
}

/** What of a vault rests sealed under the provider's key. */
export interface VaultSecrets {
  /** Root keys, oldest first, each sealed. */
  readonly sealedRoots: readonly Buffer[];
  /** Seed of the present generation's Ed25519 signing key, sealed. */
  readonly sealedSigningKey: Buffer;
  /** Of a rotation that is under way, sealed. */
  readonly sealedNextRoot?: Buffer | undefined;
}

/** A vault with what of it is closed with the provider's key. */
export interface SealedVaultRow {
  readonly vault: VaultRow;
  readonly secrets: VaultSecrets;
  /** Names the provider key that closes the wraps at destinations; undefined where that is not known. */
  readonly wrappedUnder: string | undefined;
  /** Nobody uses the vault, and its objects are about to go. */
  readonly isToDiscard: boolean;
}

/** Keeps vaults' key rings and who reads them. Another tenant's vault is NOT_FOUND. */
export abstract class Vaults {
  /** `signingKeys` ends with the key of the vault's generation. ALREADY_EXISTS where the vault is known. */
  abstract create(
    vault: Omit<VaultRow, 'createdAtMs'>,
    secrets: VaultSecrets & Partial<Pick<SealedVaultRow, 'wrappedUnder'>>,
  ): Promise<VaultRow>;
  /** Forgets a vault with its keys; nothing happens where there is none. */
  abstract forget(tenant: TenantId, vault: VaultId): Promise<void>;
  /** Notes that nobody uses the vault, until it is forgotten or kept. Safe to repeat. */
  abstract noteToDiscard(tenant: TenantId, vault: VaultId): Promise<void>;
  abstract noteKept(tenant: TenantId, vault: VaultId): Promise<void>;
  /** Up to `limit` vaults of all tenants that are to be discarded, since more than a minute, the oldest first. */
  abstract toDiscard(limit: number): Promise<readonly { readonly tenantId: TenantId; readonly vaultId: VaultId }[]>;
  abstract get(tenant: TenantId, vault: VaultId): Promise<VaultRow>;
  /** Undefined for a vault that the tenant does not have. */
  abstract find(tenant: TenantId, vault: VaultId): Promise<VaultRow | undefined>;
  /** Moves a vault to a later generation; `signingKeys` ends with that generation's. */
  abstract reopen(
    tenant: TenantId,
    vault: VaultId,
    generation: number,
    signingKeys: readonly GenerationKey[],
  ): Promise<VaultRow>;
  /** Notes where a vault lies: none of these can be deleted then. NOT_FOUND where the tenant has no such destination. */
  abstract setDestinations(tenant: TenantId, vault: VaultId, destinations: readonly DestinationId[]): Promise<VaultRow>;
  /** The sealed root key that a rotation is under way with: an earlier attempt's, or else the one given, which is kept. */
  abstract nextRoot(tenant: TenantId, vault: VaultId, sealed: Buffer): Promise<Buffer>;
  /** Ends a rotation: the next root key is the ring's last. */
  abstract takeNextRoot(tenant: TenantId, vault: VaultId): Promise<void>;
  /** A tenant's vaults behind this one, in the order of their ids. */
  abstract sealedPage(tenant: TenantId, after: VaultId | undefined, size: number): Promise<readonly SealedVaultRow[]>;
  /** Puts `now` in the place of `before`; false where something else is there by now. */
  abstract reseal(tenant: TenantId, vault: VaultId, before: VaultSecrets, now: VaultSecrets): Promise<boolean>;
  /** Notes whose key closes the wraps at destinations; false where the ring is not, or no longer, the one that was wrapped. */
  abstract noteWrapped(tenant: TenantId, vault: VaultId, under: string, ring: VaultSecrets): Promise<boolean>;
  abstract secrets(tenant: TenantId, vault: VaultId): Promise<VaultSecrets>;
  /** Writes to the audit trail that a person's request opened the vault. */
  abstract noteOpened(tenant: TenantId, vault: VaultId, actor: string, reason: string): Promise<void>;
}

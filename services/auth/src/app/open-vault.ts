import type { TenantId, VaultId } from '@holdfast/kernel';
import {
  deriveVaultKeys,
  keyIdOf,
  metadataKeysOf,
  rootKeyFromBytes,
  SigningKey,
  type RootKey,
  type VaultKeys,
} from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { SecretBox } from './secret-box.port.js';
import { Vaults, type VaultRow } from './vaults.port.js';

export interface OpenedVault {
  readonly vault: VaultRow;
  readonly roots: readonly { readonly keyId: string; readonly key: RootKey }[];
}

/** Opens a vault's key ring for those who may have it; each caller's right is checked before. */
@Injectable()
export class OpenVault {
  constructor(
    private readonly vaults: Vaults,
    private readonly box: SecretBox,
  ) {}

  async run(tenant: TenantId, vaultId: VaultId): Promise<OpenedVault> {
    const vault = await this.vaults.get(tenant, vaultId);
    const { sealedRoots } = await this.vaults.secrets(tenant, vaultId);
    const roots = sealedRoots.map((sealed) => rootKeyFromBytes(this.box.open(tenant, `root/${vaultId}`, sealed)));
    return { vault, roots: roots.map((key) => ({ keyId: keyIdOf(key), key })) };
  }

  /** A root key as it rests in the database. */
  unsealed(tenant: TenantId, vaultId: VaultId, sealed: Uint8Array): RootKey {
    return rootKeyFromBytes(this.box.open(tenant, `root/${vaultId}`, sealed));
  }

  /** The key that storage needs to read trailers and headers, and nothing more. */
  async indexKey(tenant: TenantId, vaultId: VaultId): Promise<{ readonly vault: VaultRow; readonly key: Uint8Array }> {
    const { vault, roots } = await this.run(tenant, vaultId);
    return { vault, key: deriveVaultKeys(roots.map(({ key }) => key)).indexKey };
  }

  /** What marks the chunks that are in use: opens metadata, and no content. */
  async metadataKeys(
    tenant: TenantId,
    vaultId: VaultId,
  ): Promise<{ readonly header: Buffer; readonly keys: VaultKeys }> {
    const { vault, roots } = await this.run(tenant, vaultId);
    return { header: vault.header, keys: metadataKeysOf(deriveVaultKeys(roots.map(({ key }) => key))) };
  }

  /** The key that certifies tasks; it stays in this process. */
  async signingKey(tenant: TenantId, vaultId: VaultId): Promise<SigningKey> {
    const { sealedSigningKey } = await this.vaults.secrets(tenant, vaultId);
    return SigningKey.fromSeed(this.box.open(tenant, `signing/${vaultId}`, sealedSigningKey));
  }
}

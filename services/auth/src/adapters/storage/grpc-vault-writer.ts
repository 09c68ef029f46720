import type { VaultServiceController } from '@holdfast/contracts/storage/v1';
import type { DestinationId, TenantId, VaultId } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import { VaultWriter } from '../../app/vault-writer.port.js';

/** Storage, which alone writes to destinations. */
export class GrpcVaultWriter extends VaultWriter {
  readonly #storage: GrpcClient<VaultServiceController>;

  constructor(storage: GrpcConnection) {
    super();
    this.#storage = storage.client<VaultServiceController>('VaultService', {
      repeatable: ['createVault', 'discardVault', 'changeDestinations', 'replaceKeys'],
    });
  }

  override async discard(tenant: TenantId, vault: VaultId): Promise<void> {
    await this.#storage.discardVault({ tenantId: tenant, vaultId: vault });
  }

  override async changeDestinations(tenant: TenantId, vault: VaultId, wanted: readonly DestinationId[]): Promise<void> {
    await this.#storage.changeDestinations({ tenantId: tenant, vaultId: vault, destinationIds: [...wanted] });
  }

  override async replaceKeys(
    tenant: TenantId,
    vault: VaultId,
    kind: 'provider' | 'passphrase' | 'recovery',
    objects: readonly { readonly name: string; readonly content: Uint8Array }[],
  ): Promise<readonly string[]> {
    const wired = objects.map(({ name, content }) => ({ name, content: Buffer.from(content) }));
    const { unreached } = await this.#storage.replaceKeys({ tenantId: tenant, vaultId: vault, kind, objects: wired });
    return unreached.map(({ message }) => message);
  }

  override async write(
    tenant: TenantId,
    vault: VaultId,
    destinations: readonly DestinationId[],
    objects: readonly { readonly name: string; readonly content: Uint8Array }[],
  ): Promise<readonly string[]> {
    const { unreached } = await this.#storage.createVault({
      tenantId: tenant,
      vaultId: vault,
      destinationIds: [...destinations],
      objects: objects.map(({ name, content }) => ({ name, content: Buffer.from(content) })),
    });
    return unreached.map(({ message }) => message);
  }
}

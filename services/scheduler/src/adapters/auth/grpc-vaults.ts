import type { KeyServiceController } from '@holdfast/contracts/auth/v1';
import type { TenantId, VaultId } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import { Vaults } from '../../app/vaults.port.js';

/** Vaults as auth keeps their keys. */
export class GrpcVaults extends Vaults {
  readonly #auth: GrpcClient<KeyServiceController>;

  constructor(auth: GrpcConnection) {
    super();
    this.#auth = auth.client<KeyServiceController>('KeyService', { repeatable: ['getVault'] });
  }

  override async require(tenant: TenantId, vault: VaultId): Promise<void> {
    await this.#auth.getVault({ tenantId: tenant, vaultId: vault });
  }
}

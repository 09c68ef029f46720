import type { VaultServiceController } from '@holdfast/contracts/storage/v1';
import { parseBackupSetId, parseResourceId, type TenantId, type VaultId } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import { type ErasureHolder, ErasureHolders } from '../../app/erasure-holders.port.js';

export class GrpcErasureHolders extends ErasureHolders {
  readonly #storage: GrpcClient<VaultServiceController>;

  constructor(storage: GrpcConnection) {
    super();
    this.#storage = storage.client<VaultServiceController>('VaultService', { repeatable: ['listErasureHolders'] });
  }

  override async after(
    tenant: TenantId,
    vault: VaultId,
    after: ErasureHolder | undefined,
  ): Promise<readonly ErasureHolder[]> {
    const page = { tenantId: tenant, vaultId: vault, after };
    const { holders } = await this.#storage.listErasureHolders(page);
    return holders.map(({ backupSetId, resourceId }) => ({
      backupSetId: parseBackupSetId(backupSetId),
      resourceId: parseResourceId(resourceId),
    }));
  }
}

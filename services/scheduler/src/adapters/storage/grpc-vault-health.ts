import type { VaultServiceController } from '@holdfast/contracts/storage/v1';
import type { TenantId, VaultId } from '@holdfast/kernel';
import type { GrpcClient, GrpcConnection } from '@holdfast/platform';
import { VaultHealth } from '../../app/vault-health.port.js';
import type { VaultWarning } from '../../domain/vault-warning.js';

/** A backup waits for it before it begins, and can do without. */
const DEADLINE_MS = 5_000;

export class GrpcVaultHealth extends VaultHealth {
  readonly #storage: GrpcClient<VaultServiceController>;

  constructor(storage: GrpcConnection) {
    super();
    this.#storage = storage.client<VaultServiceController>('VaultService', { repeatable: ['listWarnings'] });
  }

  override async warnings(tenant: TenantId, vault: VaultId): Promise<readonly VaultWarning[]> {
    const { locks, destinations } = await this.#storage.listWarnings(
      { tenantId: tenant, vaultId: vault },
      { deadlineMs: DEADLINE_MS },
    );
    const about = (kind: VaultWarning['about'], texts: readonly string[]) =>
      texts.map((text) => ({ about: kind, text }));
    return [...about('locks', locks), ...about('destination', destinations)];
  }
}

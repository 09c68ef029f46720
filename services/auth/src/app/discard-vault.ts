import { isAppError, type TenantId, type VaultId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { VaultWriter } from './vault-writer.port.js';
import { Vaults } from './vaults.port.js';

/** Vaults that one sweep takes back. */
const A_SWEEP = 50;

/** Takes back a vault that no set came to use. The keys go last, and only when storage knows of nothing in it. */
@Injectable()
export class DiscardVault {
  constructor(
    private readonly vaults: Vaults,
    private readonly writer: VaultWriter,
    private readonly logger: Logger,
  ) {}

  /** Resolves when it is sure to happen: what fails now is tried again by {@link sweep}. FAILED_PRECONDITION for a vault in use. */
  async run(tenant: TenantId, vault: VaultId): Promise<void> {
    await this.vaults.noteToDiscard(tenant, vault);
    await this.#discard(tenant, vault);
  }

  /** Takes back what could not be taken back before. */
  async sweep(): Promise<void> {
    for (const { tenantId, vaultId } of await this.vaults.toDiscard(A_SWEEP))
      await this.#discard(tenantId, vaultId).catch((error: unknown) => {
        this.logger.error('A vault that was to be discarded is in use, and stays', { tenantId, vaultId, error });
      });
  }

  async #discard(tenant: TenantId, vault: VaultId): Promise<void> {
    try {
      await this.writer.discard(tenant, vault);
    } catch (error) {
      if (isAppError(error, 'FAILED_PRECONDITION')) {
        await this.vaults.noteKept(tenant, vault);
        throw error;
      }
      this.logger.warn('A vault could not be taken back; it is tried again', {
        tenantId: tenant,
        vaultId: vault,
        error,
      });
      return;
    }
    await this.vaults.forget(tenant, vault);
  }
}

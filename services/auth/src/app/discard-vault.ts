import type { TenantId, VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { VaultWriter } from './vault-writer.port.js';
import { Vaults } from './vaults.port.js';

/** Takes back a vault that no set came to use. The keys go last, and only when storage knows of nothing in it. */
@Injectable()
export class DiscardVault {
  constructor(
    private readonly vaults: Vaults,
    private readonly writer: VaultWriter,
  ) {}

  async run(tenant: TenantId, vault: VaultId): Promise<void> {
    await this.writer.discard(tenant, vault);
    await this.vaults.forget(tenant, vault);
  }
}

import type { TenantId, VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { ClearLeftVaults } from './clear-left-vaults.js';
import { Vaults } from './vaults.port.js';

/** Takes back a vault that was made and never used. */
@Injectable()
export class DiscardVault {
  constructor(
    private readonly vaults: Vaults,
    private readonly clearLeft: ClearLeftVaults,
  ) {}

  /** What a destination that is away holds of it is removed later. */
  async run(tenant: TenantId, vault: VaultId): Promise<void> {
    await this.vaults.discard(tenant, vault);
    await this.clearLeft.run();
  }
}

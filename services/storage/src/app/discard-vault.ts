import type { TenantId, VaultId } from '@holdfast/kernel';
import { Logger } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { DestinationDirectory } from './destination-directory.port.js';
import { Vaults } from './vaults.port.js';

/** Takes back a vault that was made and never used. */
@Injectable()
export class DiscardVault {
  constructor(
    private readonly vaults: Vaults,
    private readonly directory: DestinationDirectory,
    private readonly logger: Logger,
  ) {}

  /** What a destination that is away keeps is a header and wrapped keys of a vault without content. */
  async run(tenant: TenantId, vault: VaultId): Promise<void> {
    for (const { name, destinationId } of await this.vaults.discard(tenant, vault)) {
      try {
        await (await this.directory.open(tenant, vault, destinationId)).delete(name);
      } catch (error) {
        this.logger.warn('An object of a discarded vault stays behind', { vaultId: vault, destinationId, error });
      }
    }
  }
}

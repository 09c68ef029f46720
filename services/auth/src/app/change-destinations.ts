import { AppError, isAppError, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { Vaults, type VaultRow } from './vaults.port.js';
import { VaultWriter } from './vault-writer.port.js';

/** Adds destinations to a vault, takes some away, or orders them anew. Safe to repeat. */
@Injectable()
export class ChangeDestinations {
  constructor(
    private readonly vaults: Vaults,
    private readonly writer: VaultWriter,
  ) {}

  /** `wanted` are all of them, in order. */
  async run(tenant: TenantId, vault: VaultId, wanted: readonly DestinationId[]): Promise<VaultRow> {
    if (wanted.length === 0 || new Set(wanted).size < wanted.length)
      throw new AppError('INVALID_ARGUMENT', 'destinationIds has to name at least one destination, each once.', {
        context: { field: 'destinationIds', rule: 'at least one, each once' },
      });
    const { destinationIds: before } = await this.vaults.get(tenant, vault);
    // Until storage has answered, none of either may be deleted: it may hold the only copy.
    await this.vaults.setDestinations(tenant, vault, [...new Set([...before, ...wanted])]);
    try {
      await this.writer.changeDestinations(tenant, vault, wanted);
    } catch (error) {
      // What storage refuses for good has not been done.
      if (isAppError(error) && error.retry === 'never') await this.vaults.setDestinations(tenant, vault, before);
      throw error;
    }
    return this.vaults.setDestinations(tenant, vault, wanted);
  }
}

import { AppError, isAppError, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { DestinationDirectory } from './destination-directory.port.js';
import { Vaults } from './vaults.port.js';

/** Adds destinations to a vault, takes some away, or orders them anew. Safe to repeat. */
@Injectable()
export class ChangeDestinations {
  constructor(
    private readonly vaults: Vaults,
    private readonly directory: DestinationDirectory,
  ) {}

  /** `wanted` are all of them, in order. New ones have to answer now, so that the next pack can go there. */
  async run(tenant: TenantId, vault: VaultId, wanted: readonly DestinationId[]): Promise<void> {
    const present = await this.vaults.destinationsOf(tenant, vault);
    for (const id of wanted) if (!present.includes(id)) await this.#claim(tenant, vault, id);
    await this.vaults.changeDestinations(tenant, vault, wanted);
  }

  async #claim(tenant: TenantId, vault: VaultId, id: DestinationId): Promise<void> {
    try {
      await (await this.directory.open(tenant, vault, id)).claim();
    } catch (error) {
      if (!isAppError(error)) throw error;
      throw new AppError(error.code, `Destination ${id}: ${error.message}`, error.details);
    }
  }
}

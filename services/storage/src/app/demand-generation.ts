import { AppError, isAppError, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { GENERATIONS_PREFIX } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { DestinationDirectory } from './destination-directory.port.js';
import { DestinationHealth, isDestinationFailure } from './destination-health.js';
import { Vaults } from './vaults.port.js';

/**
 * Demands that nobody else has rebuilt a vault: whoever did backs up on what lies there, which the index of this installation does not know to be
 * needed. Notes of generations say so at each destination (docs/format/v1.md#generations).
 */
@Injectable()
export class DemandGeneration {
  constructor(
    private readonly vaults: Vaults,
    private readonly directory: DestinationDirectory,
    private readonly health: DestinationHealth,
  ) {}

  /** FAILED_PRECONDITION where a note of a higher generation lies at the destination. */
  async at(tenant: TenantId, vault: VaultId, destinationId: DestinationId): Promise<void> {
    const own = await this.vaults.generationOf(tenant, vault);
    const highest = await this.health.watch(tenant, destinationId, () => this.#highest(tenant, vault, destinationId));
    if (highest <= own) return;
    throw new AppError(
      'FAILED_PRECONDITION',
      `Another installation has rebuilt the vault at destination ${destinationId}: its generation there is ${highest}, and here ${own}. This installation frees and deletes nothing of it any more. Stop it, or take its backup sets out (docs/recovery.md).`,
      { context: { vaultId: vault, destinationId, generation: highest, own } },
    );
  }

  /** The same of all destinations that answer; where none does, it throws as the last of them did. */
  async everywhere(tenant: TenantId, vault: VaultId): Promise<void> {
    const destinations = await this.vaults.destinationsOf(tenant, vault);
    let failure: AppError | undefined;
    let answered = 0;
    for (const destination of destinations)
      try {
        await this.at(tenant, vault, destination);
        answered += 1;
      } catch (error) {
        if (!isAppError(error) || !isDestinationFailure(error)) throw error;
        failure = error;
      }
    if (answered === 0 && failure !== undefined) throw failure;
  }

  async #highest(tenant: TenantId, vault: VaultId, destinationId: DestinationId): Promise<number> {
    const destination = await this.directory.open(tenant, vault, destinationId);
    let highest = 1;
    for await (const { name } of destination.list(GENERATIONS_PREFIX)) {
      const digits = name.slice(GENERATIONS_PREFIX.length);
      if (/^\d{8}$/.test(digits)) highest = Math.max(highest, Number(digits));
    }
    return highest;
  }
}

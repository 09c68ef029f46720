import { AppError, type PackId, type TenantId, type VaultId } from '@holdfast/kernel';
import { packObjectName, type SealedPack } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import type { RegisteredPack } from './chunk-index.port.js';
import { CondemnedPacks } from './condemned-packs.port.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { DestinationHealth } from './destination-health.js';
import { Vaults } from './vaults.port.js';

/** Brings a repacked pack to the first of the vault's destinations that has not failed lately; the others get copies like any. */
@Injectable()
export class PutRepacked {
  constructor(
    private readonly vaults: Vaults,
    private readonly packs: CondemnedPacks,
    private readonly directory: DestinationDirectory,
    private readonly health: DestinationHealth,
  ) {}

  async run(
    tenant: TenantId,
    vault: VaultId,
    sealed: SealedPack & { readonly packId: PackId },
  ): Promise<RegisteredPack> {
    const [destinationId] = this.health.inOrder(tenant, await this.vaults.destinationsOf(tenant, vault));
    if (destinationId === undefined)
      throw new AppError('FAILED_PRECONDITION', 'The vault has no destination. Add one to its backup set.');
    const { name, branch, packId, entries, bytes } = sealed;
    const pack = { name, branch, packId, entries, bytes: bytes.byteLength, destinationId };
    await this.packs.announce(tenant, vault, pack);
    const destination = await this.directory.open(tenant, vault, destinationId);
    const terms = { bytes: bytes.byteLength, sha256: name, ifAbsent: true };
    await this.health.watch(tenant, destinationId, () => destination.put(packObjectName(name), bytes, terms));
    return pack;
  }
}

import { AppError, isAppError, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { CreateVault, type NewVault, type UnreachedDestination, type VaultObject } from './create-vault.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { Vaults } from './vaults.port.js';

export interface VaultToAdopt extends NewVault {
  readonly generation: number;
  /** Opens the generation: put only where nothing is. */
  readonly generationNote: VaultObject;
}

/** Takes in a vault that lies at its destinations already. Its index is filled by a rebuild. Safe to repeat. */
@Injectable()
export class AdoptVault {
  constructor(
    private readonly vaults: Vaults,
    private readonly directory: DestinationDirectory,
    private readonly createVault: CreateVault,
  ) {}

  /** ALREADY_EXISTS where somebody else has opened the generation. */
  async run(tenant: TenantId, vault: VaultId, wanted: VaultToAdopt): Promise<readonly UnreachedDestination[]> {
    const { destinations, generation, generationNote, objects } = wanted;
    const [first] = destinations;
    if (first === undefined)
      throw new AppError('INVALID_ARGUMENT', 'destinationIds has to name at least one destination.', {
        context: { field: 'destinationIds', rule: 'at least one' },
      });
    await this.#openGeneration(tenant, vault, first, generationNote);
    const unreached = await this.createVault.run(tenant, vault, {
      destinations,
      objects: [generationNote, ...objects],
    });
    await this.vaults.raiseGeneration(tenant, vault, generation);
    return unreached;
  }

  async #openGeneration(tenant: TenantId, vault: VaultId, id: DestinationId, note: VaultObject): Promise<void> {
    const { name, content } = note;
    const destination = await this.directory.open(tenant, vault, id);
    const terms = { bytes: content.byteLength, sha256: sha256(content), ifAbsent: true };
    try {
      await destination.put(name, content, terms);
    } catch (error) {
      if (!isAppError(error, 'OBJECT_EXISTS')) throw error;
      if (sha256(await buffer(await destination.get(name))) === terms.sha256) return;
      throw new AppError('ALREADY_EXISTS', 'Another rebuild has opened this generation of the vault.', {
        context: { vaultId: vault, object: name },
        cause: error,
      });
    }
  }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

import { AppError, isAppError, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { CreateVault, type NewVault, type UnreachedDestination, type VaultObject } from './create-vault.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { isDestinationFailure } from './destination-health.js';
import { inspectObject } from './inspect-object.js';
import { ObjectPlaces } from './object-places.port.js';
import { replaceObject } from './replace-object.js';
import { Vaults } from './vaults.port.js';

/** Its `objects` are proven: what lies under their names and is something else is damaged. */
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
    private readonly places: ObjectPlaces,
    private readonly directory: DestinationDirectory,
    private readonly createVault: CreateVault,
  ) {}

  /** ALREADY_EXISTS where somebody else has opened the generation. */
  async run(tenant: TenantId, vault: VaultId, wanted: VaultToAdopt): Promise<readonly UnreachedDestination[]> {
    const { destinations, generation, generationNote, objects } = wanted;
    await this.#openGeneration(tenant, vault, destinations, generationNote);
    const unreached = await this.createVault.run(tenant, vault, { destinations, objects: [generationNote] });
    const away = unreached.map(({ destinationId }) => destinationId);
    const reached = destinations.filter((id) => !away.includes(id));
    await this.#write(tenant, vault, reached, objects);
    await this.vaults.raiseGeneration(tenant, vault, generation);
    return unreached;
  }

  /** At the first destination that answers: two rebuilds with the same ones meet there. */
  async #openGeneration(
    tenant: TenantId,
    vault: VaultId,
    destinations: readonly DestinationId[],
    note: VaultObject,
  ): Promise<void> {
    let failure: AppError | undefined;
    for (const id of destinations)
      try {
        await this.#openAt(tenant, vault, id, note);
        return;
      } catch (error) {
        if (!isAppError(error) || !isDestinationFailure(error)) throw error;
        failure = error;
      }
    throw (
      failure ??
      new AppError('INVALID_ARGUMENT', 'destinationIds has to name at least one destination.', {
        context: { field: 'destinationIds', rule: 'at least one' },
      })
    );
  }

  async #openAt(tenant: TenantId, vault: VaultId, id: DestinationId, { name, content }: VaultObject): Promise<void> {
    const destination = await this.directory.open(tenant, vault, id);
    const terms = { ...bytesOf(content), ifAbsent: true };
    try {
      await destination.put(name, content, terms);
    } catch (error) {
      if (!isAppError(error, 'OBJECT_EXISTS')) throw error;
      if ((await destination.digest(name)).sha256 === terms.sha256) return;
      throw new AppError('ALREADY_EXISTS', 'Another rebuild has opened this generation of the vault.', {
        context: { vaultId: vault, object: name },
        cause: error,
      });
    }
  }

  /** Each at the first destination that takes it; the others owe a copy, or have it already. */
  async #write(
    tenant: TenantId,
    vault: VaultId,
    destinations: readonly DestinationId[],
    objects: readonly VaultObject[],
  ): Promise<void> {
    for (const object of objects)
      for (const id of destinations) {
        const stored = { name: object.name, ...bytesOf(object.content) };
        if (!(await this.#putAt(tenant, vault, id, object))) continue;
        await this.places.add(tenant, vault, stored, id);
        break;
      }
  }

  /** False where a lock keeps what is damaged. */
  async #putAt(tenant: TenantId, vault: VaultId, id: DestinationId, { name, content }: VaultObject): Promise<boolean> {
    const destination = await this.directory.open(tenant, vault, id);
    const terms = bytesOf(content);
    const found = await inspectObject(destination, name);
    if (found?.sha256 === terms.sha256) return true;
    return replaceObject(destination, { name, ...terms }, async () => content);
  }
}

const bytesOf = (content: Uint8Array) => ({
  bytes: content.byteLength,
  sha256: createHash('sha256').update(content).digest('hex'),
});

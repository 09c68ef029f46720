import { AppError, isAppError, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import type { Destination } from '@holdfast/destinations';
import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import { DestinationDirectory } from './destination-directory.port.js';
import { isDestinationFailure } from './destination-health.js';
import { ObjectPlaces, type StoredObject } from './object-places.port.js';
import { otherObject, replaceCut } from './replace-object.js';
import { Vaults } from './vaults.port.js';

/** The header, or a wrapped key. */
export interface VaultObject {
  readonly name: string;
  readonly content: Uint8Array;
}

export interface NewVault {
  /** In order: the first takes the first copy. At least one. */
  readonly destinations: readonly DestinationId[];
  readonly objects: readonly VaultObject[];
}

/** A destination that did not answer, and what it said or why it could not. */
export interface UnreachedDestination {
  readonly destinationId: DestinationId;
  readonly message: string;
}

/** Writes a new vault's header and keys to the first of its destinations that answers; the others owe a copy. Safe to repeat. */
@Injectable()
export class CreateVault {
  constructor(
    private readonly vaults: Vaults,
    private readonly places: ObjectPlaces,
    private readonly directory: DestinationDirectory,
  ) {}

  /** Destinations that are away: they are caught up when they answer. STORE_UNAVAILABLE where all are, with each one's reason. */
  async run(tenant: TenantId, vault: VaultId, wanted: NewVault): Promise<readonly UnreachedDestination[]> {
    const { destinations } = wanted;
    await this.vaults.create(tenant, vault, destinations);
    const unreached: UnreachedDestination[] = [];
    let isWritten = false;
    for (const destinationId of destinations) {
      try {
        await this.#claim(tenant, vault, destinationId);
        if (!isWritten) await this.#write(tenant, vault, destinationId, wanted.objects);
        isWritten = true;
      } catch (error) {
        if (!isAppError(error)) throw error;
        const message = `Destination ${destinationId}: ${error.message}`;
        if (!isDestinationFailure(error)) throw new AppError(error.code, message, error.details);
        unreached.push({ destinationId, message });
      }
    }
    if (isWritten) return unreached;
    throw new AppError(
      'STORE_UNAVAILABLE',
      `No destination can take the vault. ${unreached.map(({ message }) => message).join(' ')}`,
      { context: { destinationIds: destinations.join() } },
    );
  }

  async #claim(tenant: TenantId, vault: VaultId, id: DestinationId): Promise<void> {
    await (await this.directory.open(tenant, vault, id)).claim();
    await this.vaults.noteClaimed(tenant, vault, id);
  }

  async #write(tenant: TenantId, vault: VaultId, id: DestinationId, objects: readonly VaultObject[]): Promise<void> {
    const destination = await this.directory.open(tenant, vault, id);
    for (const { name, content } of objects) {
      const sha256 = createHash('sha256').update(content).digest('hex');
      const terms = { bytes: content.byteLength, sha256, ifAbsent: true };
      await destination.put(name, content, terms).catch(async (error: unknown) => {
        if (!isAppError(error, 'OBJECT_EXISTS')) throw error;
        await demandSame(destination, { name, ...terms }, content);
      });
      await this.places.add(tenant, vault, { name, ...terms }, id);
    }
  }
}

/** For a put that is repeated: an earlier one wrote the same, or broke off in the middle. */
async function demandSame(destination: Destination, object: StoredObject, content: Uint8Array): Promise<void> {
  if ((await destination.digest(object.name)).sha256 === object.sha256) return;
  if (!(await replaceCut(destination, object, async () => content))) throw otherObject(object.name);
}

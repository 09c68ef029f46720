import type { Place } from '@holdfast/destinations';
import { AppError, type DestinationId, type PackName, type TenantId, type VaultId } from '@holdfast/kernel';
import { packObjectName } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { DestinationDirectory } from './destination-directory.port.js';
import { ObjectPlaces } from './object-places.port.js';
import { OwnPlaces } from './own-places.port.js';

const PLACE_TTL_MS = 15 * 60 * 1000;

export interface PackReadPlace {
  readonly destinationId: DestinationId;
  readonly place: Place;
}

/** Gives places for ranged GETs of packs, each at the first destination that holds it. */
@Injectable()
export class RequestReadPlaces {
  constructor(
    private readonly places: ObjectPlaces,
    private readonly directory: DestinationDirectory,
    private readonly ownPlaces: OwnPlaces,
  ) {}

  /** In the packs' order; OBJECT_NOT_FOUND where no destination holds one of them. */
  async run(tenant: TenantId, vault: VaultId, packs: readonly PackName[]): Promise<readonly PackReadPlace[]> {
    const names = packs.map(packObjectName);
    const holders = await this.places.holdersOf(tenant, vault, names);
    return Promise.all(
      names.map(async (name) => {
        const [destinationId] = holders.get(name) ?? [];
        if (destinationId === undefined)
          throw new AppError('OBJECT_NOT_FOUND', 'No destination holds the pack. Check the integrity of the vault.', {
            context: { object: name },
          });
        const destination = await this.directory.open(tenant, vault, destinationId);
        const address = { tenantId: tenant, vaultId: vault, destinationId, name };
        const place =
          (await destination.readPlace(name, PLACE_TTL_MS)) ??
          (await this.ownPlaces.issue({ method: 'GET', address }, PLACE_TTL_MS));
        return { destinationId, place };
      }),
    );
  }
}

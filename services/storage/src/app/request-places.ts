import type { GrantClaims } from '@holdfast/contracts';
import { AppError, type DestinationId, type PackName, type TenantId, type VaultId } from '@holdfast/kernel';
import type { Place } from '@holdfast/destinations';
import { MAX_PACK_BYTES, packObjectName } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { ChunkIndex } from './chunk-index.port.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { ObjectPlaces } from './object-places.port.js';
import { OwnPlaces } from './own-places.port.js';
import { Vaults } from './vaults.port.js';

/** Long enough for a pack over a slow line; a place that ran out is asked for again. */
const PLACE_TTL_MS = 10 * 60 * 1000;

export interface PackToPlace {
  readonly name: PackName;
  readonly bytes: number;
}

/** Where one pack goes. Without a place, the vault has the pack: the destination holds it. */
export interface PackPlace {
  readonly destinationId: DestinationId;
  readonly place?: Place;
}

/** Gives places for one PUT of each pack, at the vault's first destination. */
@Injectable()
export class RequestPlaces {
  constructor(
    private readonly vaults: Vaults,
    private readonly index: ChunkIndex,
    private readonly places: ObjectPlaces,
    private readonly directory: DestinationDirectory,
    private readonly ownPlaces: OwnPlaces,
  ) {}

  /** In the packs' order. */
  async run({ tenant, vault }: GrantClaims, packs: readonly PackToPlace[]): Promise<readonly PackPlace[]> {
    const tooLarge = packs.find(({ bytes }) => bytes < 1 || bytes > MAX_PACK_BYTES);
    if (tooLarge)
      throw new AppError('INVALID_ARGUMENT', `A pack has 1 to ${MAX_PACK_BYTES} bytes.`, {
        context: { field: 'bytes', bytes: tooLarge.bytes },
      });
    const names = packs.map(({ name }) => name);
    const present = await this.index.presentPacks(tenant, vault, names);
    const holders = await this.places.holdersOf(tenant, vault, [...present].map(packObjectName));
    const [first] = await this.vaults.destinationsOf(tenant, vault);
    if (first === undefined)
      throw new AppError('FAILED_PRECONDITION', 'The vault has no destination. Add one to its backup set.');
    return Promise.all(
      packs.map(async (pack) => {
        const [holder] = holders.get(packObjectName(pack.name)) ?? [];
        if (holder !== undefined) return { destinationId: holder };
        return { destinationId: first, place: await this.#place(tenant, vault, first, pack) };
      }),
    );
  }

  async #place(tenant: TenantId, vault: VaultId, destinationId: DestinationId, pack: PackToPlace): Promise<Place> {
    const destination = await this.directory.open(tenant, vault, destinationId);
    const name = packObjectName(pack.name);
    const terms = { bytes: pack.bytes, sha256: pack.name, ifAbsent: true };
    const address = { tenantId: tenant, vaultId: vault, destinationId, name };
    return (
      (await destination.place(name, terms, PLACE_TTL_MS)) ??
      this.ownPlaces.issue({ method: 'PUT', address, terms }, PLACE_TTL_MS)
    );
  }
}

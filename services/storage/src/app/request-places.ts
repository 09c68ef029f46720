import type { GrantClaims } from '@holdfast/contracts';
import { AppError, type DestinationId, type PackName, type TenantId, type VaultId } from '@holdfast/kernel';
import type { Place } from '@holdfast/destinations';
import { MAX_PACK_BYTES, packObjectName } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { ChunkIndex } from './chunk-index.port.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { DestinationHealth } from './destination-health.js';
import { ObjectPlaces } from './object-places.port.js';
import { OwnPlaces } from './own-places.port.js';
import { Vaults } from './vaults.port.js';

/** Long enough for a pack over a slow line, or below a limit of bandwidth; a place that ran out is asked for again. */
export const PLACE_TTL_MS = 10 * 60 * 1000;

export interface PackToPlace {
  readonly name: PackName;
  readonly bytes: number;
}

/** A place, and who answers there. */
export interface NamedPlace {
  readonly destinationId: DestinationId;
  readonly place: Place;
  /** Storage's own endpoint; else the destination itself. */
  readonly isAtStorage: boolean;
}

/** Where one pack goes; or the destination that holds it, where the vault has the pack. */
export type PackPlace = NamedPlace | { readonly destinationId: DestinationId; readonly place?: undefined };

/** Gives places for one PUT of each pack, at the first of the vault's destinations that has not failed lately. */
@Injectable()
export class RequestPlaces {
  constructor(
    private readonly vaults: Vaults,
    private readonly index: ChunkIndex,
    private readonly places: ObjectPlaces,
    private readonly directory: DestinationDirectory,
    private readonly ownPlaces: OwnPlaces,
    private readonly health: DestinationHealth,
  ) {}

  /** In the packs' order. `failed` are destinations that failed the caller just now. */
  async run(
    { tenant, vault }: GrantClaims,
    packs: readonly PackToPlace[],
    failed: readonly DestinationId[],
  ): Promise<readonly PackPlace[]> {
    const tooLarge = packs.find(({ bytes }) => bytes < 1 || bytes > MAX_PACK_BYTES);
    if (tooLarge)
      throw new AppError('INVALID_ARGUMENT', `A pack has 1 to ${MAX_PACK_BYTES} bytes.`, {
        context: { field: 'bytes', bytes: tooLarge.bytes },
      });
    const names = packs.map(({ name }) => name);
    const present = await this.index.presentPacks(tenant, vault, names);
    const holders = await this.places.holdersOf(tenant, vault, [...present].map(packObjectName));
    const destinations = await this.vaults.destinationsOf(tenant, vault);
    for (const id of destinations) if (failed.includes(id)) this.health.noteFailure(tenant, id);
    const [first] = this.health.inOrder(tenant, destinations);
    if (first === undefined)
      throw new AppError('FAILED_PRECONDITION', 'The vault has no destination. Add one to its backup set.');
    return Promise.all(
      packs.map(async (pack) => {
        const [holder] = holders.get(packObjectName(pack.name)) ?? [];
        if (holder !== undefined) return { destinationId: holder };
        return this.#place(tenant, vault, first, { ...pack, isAgain: this.health.failsLately(tenant, first) });
      }),
    );
  }

  /**
   * Where the destination failed lately, what lies there may be the beginning of the pack, which is written over: by storage alone,
   * which holds the bytes to the pack's name.
   */
  async #place(
    tenant: TenantId,
    vault: VaultId,
    destinationId: DestinationId,
    { isAgain, ...pack }: PackToPlace & { readonly isAgain: boolean },
  ): Promise<NamedPlace> {
    const destination = await this.directory.open(tenant, vault, destinationId);
    const name = packObjectName(pack.name);
    const terms = { bytes: pack.bytes, sha256: pack.name, ifAbsent: !isAgain };
    const address = { tenantId: tenant, vaultId: vault, destinationId, name };
    const direct = isAgain ? undefined : await destination.place(name, terms, PLACE_TTL_MS);
    if (direct) return { destinationId, place: direct, isAtStorage: false };
    const own = await this.ownPlaces.issue({ method: 'PUT', address, terms }, PLACE_TTL_MS);
    return { destinationId, place: own, isAtStorage: true };
  }
}

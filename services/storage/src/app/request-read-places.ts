import { AppError, type DestinationId, type PackName, type TenantId, type VaultId } from '@holdfast/kernel';
import { packObjectName } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { DestinationDirectory } from './destination-directory.port.js';
import { DestinationHealth } from './destination-health.js';
import { FindAwayPacks } from './find-away-packs.js';
import { ObjectPlaces } from './object-places.port.js';
import { OwnPlaces } from './own-places.port.js';
import type { NamedPlace } from './request-places.js';

const PLACE_TTL_MS = 15 * 60 * 1000;

/** Gives places for ranged GETs of packs, each at the first destination that holds it and has not failed lately. */
@Injectable()
export class RequestReadPlaces {
  constructor(
    private readonly places: ObjectPlaces,
    private readonly directory: DestinationDirectory,
    private readonly ownPlaces: OwnPlaces,
    private readonly health: DestinationHealth,
    private readonly awayPacks: FindAwayPacks,
  ) {}

  /**
   * In the packs' order; OBJECT_NOT_FOUND where no destination holds one of them, PACKS_LOST where none that answers does. `failed`
   * are destinations that failed the caller just now; `damaged` gave it other bytes than were written, and are not named.
   */
  async run(
    tenant: TenantId,
    vault: VaultId,
    packs: readonly PackName[],
    {
      failed,
      damaged = [],
    }: { readonly failed: readonly DestinationId[]; readonly damaged?: readonly DestinationId[] },
  ): Promise<readonly NamedPlace[]> {
    const names = packs.map(packObjectName);
    const holders = new Map(
      [...(await this.places.holdersOf(tenant, vault, names))].map(([name, ids]) => [
        name,
        ids.filter((id) => !damaged.includes(id)),
      ]),
    );
    const all = new Set([...holders.values()].flat());
    for (const id of failed) if (all.has(id)) this.health.noteFailure(tenant, id);
    await this.#refuseAway(
      tenant,
      vault,
      packs.filter((pack) => this.#isDoubtful(tenant, holders.get(packObjectName(pack)) ?? [])),
    );
    return Promise.all(
      names.map(async (name) => {
        const [destinationId] = this.health.inOrder(tenant, holders.get(name) ?? []);
        if (destinationId === undefined)
          throw new AppError('OBJECT_NOT_FOUND', 'No destination holds the pack. Check the integrity of the vault.', {
            context: { object: name },
          });
        const destination = await this.directory.open(tenant, vault, destinationId);
        const address = { tenantId: tenant, vaultId: vault, destinationId, name };
        const direct = await destination.readPlace(name, PLACE_TTL_MS);
        if (direct) return { destinationId, place: direct, isAtStorage: false };
        const own = await this.ownPlaces.issue({ method: 'GET', address }, PLACE_TTL_MS);
        return { destinationId, place: own, isAtStorage: true };
      }),
    );
  }
  #isDoubtful(tenant: TenantId, holders: readonly DestinationId[]): boolean {
    return holders.length > 0 && holders.every((id) => this.health.failsLately(tenant, id));
  }

  async #refuseAway(tenant: TenantId, vault: VaultId, doubtful: readonly PackName[]): Promise<void> {
    if (doubtful.length === 0) return;
    const [away] = await this.awayPacks.run(tenant, vault, doubtful);
    if (away === undefined) return;
    const [destinationId = ''] =
      (await this.places.holdersOf(tenant, vault, [packObjectName(away)])).values().next().value ?? [];
    throw new AppError(
      'PACKS_LOST',
      `What is to be read lies only at destination ${destinationId}, which does not answer. Bring it back, or let a backup store it anew where that is still possible.`,
      { context: { pack: away, destinationId } },
    );
  }
}

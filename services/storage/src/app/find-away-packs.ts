import type { DestinationId, PackName, TenantId, VaultId } from '@holdfast/kernel';
import { VAULT_HEADER_OBJECT, packObjectName } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { ChunkIndex } from './chunk-index.port.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { DestinationHealth, type Standing } from './destination-health.js';
import { ObjectPlaces } from './object-places.port.js';
import { Vaults } from './vaults.port.js';

/** Finds packs that lie only at destinations that are down, while another of the vault's answers: what they hold is to be stored there. */
@Injectable()
export class FindAwayPacks {
  constructor(
    private readonly vaults: Vaults,
    private readonly places: ObjectPlaces,
    private readonly index: ChunkIndex,
    private readonly directory: DestinationDirectory,
    private readonly health: DestinationHealth,
  ) {}

  /**
   * Those of the packs that are away. The index no longer answers with them until one of their destinations gives a copy. None
   * where nothing answers: then there is no better place.
   */
  async run(tenant: TenantId, vault: VaultId, packs: readonly PackName[]): Promise<readonly PackName[]> {
    const standings = await this.#standings(tenant, vault);
    if (!standings.some(([, standing]) => standing === 'answers')) return [];
    const down = new Set(standings.filter(([, standing]) => standing === 'down').map(([id]) => id));
    if (down.size === 0) return [];
    const holders = await this.places.holdersOf(tenant, vault, packs.map(packObjectName));
    const away = packs.filter((pack) => (holders.get(packObjectName(pack)) ?? []).every((id) => down.has(id)));
    if (away.length > 0) await this.index.setAway(tenant, vault, away, [...down]);
    return away;
  }

  /** Every vault's header lies at each of its destinations, and one that lacks it answers as well. */
  async standing(tenant: TenantId, vault: VaultId, destination: DestinationId): Promise<Standing> {
    const ask = async () => (await this.directory.open(tenant, vault, destination)).head(VAULT_HEADER_OBJECT);
    return this.health.ask(tenant, destination, ask);
  }

  async #standings(tenant: TenantId, vault: VaultId): Promise<readonly (readonly [DestinationId, Standing])[]> {
    const destinations = await this.vaults.destinationsOf(tenant, vault);
    return Promise.all(destinations.map(async (id) => [id, await this.standing(tenant, vault, id)] as const));
  }
}

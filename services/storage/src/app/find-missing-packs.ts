import { AppError, type DestinationId, type PackName, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { ChunkIndex, type NeededPacks } from './chunk-index.port.js';
import { DestinationHealth } from './destination-health.js';
import { FindAwayPacks } from './find-away-packs.js';
import { Snapshots } from './snapshots.port.js';

/** Missing packs that are told at most: whoever is told of some asks again when they were sent. */
const MAX_TOLD = 1_000;

/** Finds packs that a commit cannot count on: no destination holds them, or none that answers. */
@Injectable()
export class FindMissingPacks {
  constructor(
    private readonly index: ChunkIndex,
    private readonly snapshots: Snapshots,
    private readonly awayPacks: FindAwayPacks,
    private readonly health: DestinationHealth,
  ) {}

  /** None where one destination holds all and answers; STORE_UNAVAILABLE where that may come true by itself. */
  async run(tenant: TenantId, vault: VaultId, needed: NeededPacks): Promise<readonly PackName[]> {
    const missing = await this.index.missingPacks(tenant, vault, needed, MAX_TOLD);
    if (missing.length > 0) return missing;
    const holders = this.health.inOrder(tenant, await this.snapshots.holdersOfAll(tenant, vault, needed));
    for (const holder of holders) if ((await this.awayPacks.standing(tenant, vault, holder)) === 'answers') return [];
    let needsAny = false;
    const away: PackName[] = [];
    for await (const packs of this.index.neededPacks(tenant, vault, needed)) {
      needsAny = true;
      const found = await this.awayPacks.run(tenant, vault, packs);
      away.push(...found.slice(0, MAX_TOLD - away.length));
    }
    if (away.length > 0 || !needsAny) return away;
    throw holders.length > 0 ? silent(holders) : scattered();
  }
}

function silent(holders: readonly DestinationId[]): AppError {
  return new AppError(
    'STORE_UNAVAILABLE',
    `The packs are stored, and no destination that holds them all answers: ${holders.join(', ')}. The commit is tried again.`,
    { context: { destinationId: holders[0] ?? '' } },
  );
}

export function scattered(): AppError {
  return new AppError(
    'STORE_UNAVAILABLE',
    'The packs lie at several destinations and none has them all yet. Ask again when they were copied.',
  );
}

import { AppError, type DestinationId, type PackName, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { ChunkIndex } from './chunk-index.port.js';
import { DestinationHealth } from './destination-health.js';
import { FindAwayPacks } from './find-away-packs.js';
import { Snapshots } from './snapshots.port.js';

/** What a snapshot builds on. */
export interface NeededPacks {
  /** Of the task that asks: it keeps what was known to it. */
  readonly epoch: number;
  /** Packs that the task wrote. */
  readonly newPacks: readonly PackName[];
}

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
    const pinned = await this.index.pinnedPacks(tenant, vault, needed.epoch);
    const packs = [...new Set([...needed.newPacks, ...pinned])];
    if (packs.length === 0) return [];
    const present = await this.index.presentPacks(tenant, vault, packs);
    const gone = packs.filter((pack) => !present.has(pack));
    if (gone.length > 0) return gone;
    const holders = this.health.inOrder(tenant, await this.snapshots.holdersOfAll(tenant, vault, needed));
    for (const holder of holders) if ((await this.awayPacks.standing(tenant, vault, holder)) === 'answers') return [];
    const away = await this.awayPacks.run(tenant, vault, packs);
    if (away.length > 0) return away;
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

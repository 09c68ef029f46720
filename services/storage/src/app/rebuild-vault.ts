import type { DestinationId } from '@holdfast/kernel';
import { type HeldTask, TaskDesk } from '@holdfast/worker';
import { Injectable } from '@nestjs/common';
import { DamagedCopies } from './damaged-copies.js';
import { DestinationDirectory } from './destination-directory.port.js';
import { Erasures } from './erasures.port.js';
import { IndexKeys } from './index-keys.port.js';
import { NameItems } from './name-items.js';
import { RebuildHistory } from './rebuild-history.js';
import { RebuildIndex } from './rebuild-index.js';
import { readRebuildPoint, writeRebuildPoint } from './rebuild-point.js';
import { RemovedChains } from './removed-chains.js';
import { RebuildSnapshots } from './rebuild-snapshots.js';
import {
  emptyRebuild,
  nothingTaken,
  type RebuildCounts,
  type RebuildScene,
  type TakenCounts,
} from './rebuild-scene.js';
import { Vaults } from './vaults.port.js';

/** What became of one destination in a rebuild. */
export interface RebuiltDestination extends TakenCounts {
  readonly damagedHere: number;
  /** Packs that the vault has and this destination lacks: copies are owed to it. */
  readonly packsBehind: number;
}

/**
 * Brings a vault back from what its destinations list: packs first, then the snapshots that are whole, then jobs and sets, so
 * that no backup begins before its chain has its head. What snapshots need and no destination has is named. What was removed on request does not come back; what one destination lacks, or
 * has damaged, comes from the others. Takes up where it stopped: what a destination is known to hold is not read again.
 */
@Injectable()
export class RebuildVault {
  constructor(
    private readonly vaults: Vaults,
    private readonly directory: DestinationDirectory,
    private readonly indexKeys: IndexKeys,
    private readonly index: RebuildIndex,
    private readonly snapshots: RebuildSnapshots,
    private readonly history: RebuildHistory,
    private readonly erasures: Erasures,
    private readonly damaged: DamagedCopies,
    private readonly items: NameItems,
    private readonly desk: TaskDesk,
  ) {}

  /** Counts into `counts` as it goes; ends with the reason of `held.signal` where that is aborted. */
  async run(held: HeldTask, counts: RebuildCounts): Promise<ReadonlyMap<DestinationId, RebuiltDestination>> {
    const { tenantId: tenant, vaultId: vault, jobId } = held.lease;
    Object.assign(counts, emptyRebuild());
    const scenes = await this.#scenes(held, counts);
    for (const scene of scenes) await this.index.run(scene);
    const sets = await this.history.sets(scenes);
    const removed = new RemovedChains([...sets.values()].map(({ note }) => note));
    await this.snapshots.run(scenes, removed);
    counts.snapshotsRemoved += await this.snapshots.retireReplaced(tenant, vault, removed.replaced);
    // How far the bytes of what was removed had gone is not known: the snapshots may be gone, and their packs not.
    if (removed.isAny) await this.erasures.note(tenant, vault);
    const chained = await this.snapshots.chooseHeads(tenant, vault);
    await this.#nameGaps(held, counts);
    for (const scene of scenes) await this.history.jobs(scene);
    counts.jobs = scenes.reduce((sum, { taken }) => sum + taken.jobsTaken, 0);
    counts.copiesToMend = await this.damaged.mend(tenant, vault, jobId);
    await this.history.giveBackSets(sets.values());
    counts.sets = scenes.reduce((sum, { taken }) => sum + taken.setsTaken, 0);
    counts.setsWithoutDefinition = chained.filter((set) => !sets.has(set)).length;
    const { packs, chunks, snapshots, destinations } = await this.vaults.statistics(tenant, vault);
    Object.assign(counts, { packs, chunks, snapshots });
    const behind = new Map(destinations.map(({ destinationId, packsBehind }) => [destinationId, packsBehind]));
    return new Map(
      scenes.map(({ id, taken, damaged }) => [
        id,
        { ...taken, damagedHere: damaged, packsBehind: behind.get(id) ?? 0 },
      ]),
    );
  }

  /** Before sets are back: the first backup of a resource reads anew what is named here. */
  async #nameGaps(held: HeldTask, counts: RebuildCounts): Promise<void> {
    const { tenantId: tenant, vaultId: vault, jobId } = held.lease;
    const gaps = await this.items.all(held, { tenant, vault, jobId, signal: held.signal });
    counts.resourcesAffected = gaps.resources;
    counts.itemsAffected = gaps.items;
    counts.itemsDue = gaps.itemsDue;
    counts.resourcesDue = gaps.resourcesDue;
  }

  async #scenes(held: HeldTask, counts: RebuildCounts): Promise<readonly RebuildScene[]> {
    const { tenantId: tenant, vaultId: vault, checkpoint } = held.lease;
    const keys = await this.indexKeys.of(tenant, vault);
    const taken = readRebuildPoint(checkpoint);
    const save = () => this.desk.saveCheckpoint(held.grant, writeRebuildPoint(taken));
    const scenes: RebuildScene[] = [];
    for (const id of await this.vaults.destinationsOf(tenant, vault)) {
      const destination = await this.directory.open(tenant, vault, id);
      const own = taken.get(id) ?? nothingTaken();
      taken.set(id, own);
      scenes.push({ held, tenant, vault, id, destination, keys, counts, taken: own, damaged: 0, save });
    }
    return scenes;
  }
}

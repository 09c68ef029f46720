import { Injectable } from '@nestjs/common';
import type { HeldTask } from '@holdfast/worker';
import { DestinationDirectory } from './destination-directory.port.js';
import { IndexKeys } from './index-keys.port.js';
import { RebuildHistory } from './rebuild-history.js';
import { RebuildIndex } from './rebuild-index.js';
import { RebuildSnapshots } from './rebuild-snapshots.js';
import { emptyRebuild, type RebuildCounts, type RebuildScene } from './rebuild-scene.js';
import { Vaults } from './vaults.port.js';

/**
 * Brings a vault back from what its destinations list: packs first, then the snapshots whose packs are there, then sets and jobs, so
 * that no backup begins before its chain has its head. Takes up where it stopped: what a destination is known to hold is not read again.
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
  ) {}

  /** Counts into `counts` as it goes; ends with the reason of `held.signal` where that is aborted. */
  async run(held: HeldTask, counts: RebuildCounts): Promise<void> {
    const { tenantId: tenant, vaultId: vault } = held.lease;
    Object.assign(counts, emptyRebuild());
    const keys = await this.indexKeys.of(tenant, vault);
    const scenes: RebuildScene[] = [];
    for (const id of await this.vaults.destinationsOf(tenant, vault)) {
      const destination = await this.directory.open(tenant, vault, id);
      scenes.push({ held, tenant, vault, id, destination, keys, counts });
    }
    for (const scene of scenes) await this.index.run(scene);
    for (const scene of scenes) await this.snapshots.run(scene);
    const sets = await this.snapshots.chooseHeads(tenant, vault);
    for (const scene of scenes) await this.history.jobs(scene);
    const known = await this.history.sets(scenes);
    counts.setsWithoutDefinition = sets.filter((set) => !known.has(set)).length;
    const { packs, chunks, snapshots } = await this.vaults.statistics(tenant, vault);
    Object.assign(counts, { packs, chunks, snapshots });
  }
}

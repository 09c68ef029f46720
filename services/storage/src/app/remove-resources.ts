import { deletionTermsFrom } from '@holdfast/contracts';
import { AppError, type BackupSetId, type ResourceId } from '@holdfast/kernel';
import type { HeldTask } from '@holdfast/worker';
import { Injectable } from '@nestjs/common';
import { Fences } from './fences.port.js';
import { FindHead } from './find-head.js';
import { Removals } from './removals.port.js';
import { RetainedChains } from './retained-chains.port.js';

const SNAPSHOTS_AT_ONCE = 1_000;

/** What a deletion has done so far. */
export interface RemovalCounts {
  resources: number;
  snapshots: number;
}

/**
 * Removes all snapshots of some resources on request (docs/deletion.md): they are shown and restored no more, and space freeing takes
 * what only they needed. A chain goes as a whole, in one transaction. Safe to repeat at any point.
 */
@Injectable()
export class RemoveResources {
  constructor(
    private readonly chains: RetainedChains,
    private readonly removals: Removals,
    private readonly fences: Fences,
    private readonly findHead: FindHead,
  ) {}

  /** Counts into `counts` as it goes; ends with the reason of `held.signal` where that is aborted. */
  async run(held: HeldTask, counts: RemovalCounts): Promise<void> {
    const { backupSetId, termsJson } = held.lease;
    if (!backupSetId) throw new AppError('INVALID_ARGUMENT', 'A deletion task has to name its backup set.');
    const { deletionId, resourceIds } = deletionTermsFrom(termsJson);
    const explanation = `goes because deletion ${deletionId} was requested and approved`;
    for (const resourceId of resourceIds) {
      held.signal.throwIfAborted();
      const removed = await this.#chain(held, { backupSetId, resourceId }, explanation);
      counts.snapshots += removed;
      if (removed > 0) counts.resources += 1;
    }
  }

  async #chain(
    held: HeldTask,
    chain: { readonly backupSetId: BackupSetId; readonly resourceId: ResourceId },
    explanation: string,
  ): Promise<number> {
    const { grant, lease } = held;
    const { tenantId, vaultId, taskId, jobId, epoch } = lease;
    // Whoever held the chain before commits nothing more, and what is stored and not yet put is finished, so that nothing comes after.
    await this.fences.pass(tenantId, { vaultId, ...chain, taskId, epoch, isResumed: false });
    await this.findHead.run(tenantId, vaultId, chain);
    const snapshots = await this.chains.snapshots(tenantId, vaultId, chain);
    const removals = snapshots.map(({ snapshot, number, jobStartedAt }) => ({
      snapshotId: snapshot,
      number,
      jobStartedAt,
    }));
    // Asked at least once, for a legal hold may be on it.
    for (let at = 0; at === 0 || at < removals.length; at += SNAPSHOTS_AT_ONCE)
      await this.removals.note(grant, chain.resourceId, removals.slice(at, at + SNAPSHOTS_AT_ONCE));
    const verdicts = snapshots.map(({ snapshot }) => ({ snapshot, stays: false, explanation }));
    await this.chains.save(tenantId, vaultId, chain, { jobId, verdicts, retire: true, erase: true });
    return snapshots.length;
  }
}

import { AppError, type BackupSetId, type ResourceId } from '@holdfast/kernel';
import { decideRetention, explainVerdict } from '@holdfast/vault';
import type { HeldTask } from '@holdfast/worker';
import { Injectable } from '@nestjs/common';
import { RetainedChains } from './retained-chains.port.js';
import { type ResourceTerms, type RetentionTerms, RetentionTermsSource } from './retention-terms.port.js';

/** Chains whose terms are asked for at once. */
const CHAINS_AT_ONCE = 500;

/** What a retention has done so far. */
export interface RetentionCounts {
  resources: number;
  kept: number;
  retired: number;
}

/** Decides for every chain of a set which snapshots stay, writes down why, and lets the others go. Safe to repeat at any point. */
@Injectable()
export class ApplyRetention {
  constructor(
    private readonly chains: RetainedChains,
    private readonly source: RetentionTermsSource,
  ) {}

  /** Counts into `counts` as it goes; ends with the reason of `held.signal` where that is aborted. */
  async run(held: HeldTask, counts: RetentionCounts): Promise<void> {
    const { tenantId, vaultId, jobId, backupSetId } = held.lease;
    if (!backupSetId) throw new AppError('INVALID_ARGUMENT', 'A retention task has to name its backup set.');
    const terms = await this.source.terms(held.grant);
    const page = (after: string) =>
      this.chains.resources(tenantId, vaultId, backupSetId, { after, size: CHAINS_AT_ONCE });
    for (let some = await page(''); some.length > 0; some = await page(some.at(-1) ?? '')) {
      const ofEach = await this.source.resources(held.grant, some);
      for (const resourceId of some) {
        held.signal.throwIfAborted();
        const its = ofEach.get(resourceId);
        if (!its) throw new Error(`scheduler has no terms for the resource ${resourceId} that it was asked for`);
        await this.#chain(held, backupSetId, { resourceId, its, terms }, counts);
      }
    }
    await this.chains.forgetOlder(tenantId, vaultId, backupSetId, jobId);
  }

  async #chain(
    { lease: { tenantId, vaultId, jobId } }: HeldTask,
    backupSetId: BackupSetId,
    of: { readonly resourceId: ResourceId; readonly its: ResourceTerms; readonly terms: RetentionTerms },
    counts: RetentionCounts,
  ): Promise<void> {
    const { resourceId, its, terms } = of;
    const { policy, timeZone, jobs, dryRun, now } = terms;
    const snapshots = await this.chains.snapshots(tenantId, vaultId, { backupSetId, resourceId });
    const verdicts = decideRetention({ policy, timeZone, now, jobs, chain: { snapshots, ...its } }).map((verdict) => ({
      snapshot: verdict.snapshot,
      stays: verdict.stays,
      explanation: explainVerdict(verdict, timeZone),
      isOnlyLocked: verdict.stays && verdict.because.every(({ rule }) => rule === 'object-lock'),
    }));
    await this.chains.save(tenantId, vaultId, { backupSetId, resourceId }, { jobId, verdicts, retire: !dryRun });
    const kept = verdicts.filter(({ stays }) => stays).length;
    counts.resources += 1;
    counts.kept += kept;
    counts.retired += verdicts.length - kept;
  }
}

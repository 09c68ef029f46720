import type { RenewalTerms } from '@holdfast/contracts';
import { isAppError, type BackupSetId, type JobId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { isEnded } from '../domain/job-outcome.js';
import { Deletions } from './deletions.port.js';
import { type ErasureHolder, ErasureHolders } from './erasure-holders.port.js';
import { jobAfter } from './job-of-turn.js';
import { Jobs, type Job } from './jobs.port.js';

const TERMS: RenewalTerms = { renewsNewest: true };

/**
 * Has the newest snapshots stated anew for which packs stay that a deletion is not done with: one job for each set that they are of, whether or
 * not the set is still there. Its jobs are known by the freeing that found them, so repeats and several schedulers at once start none twice.
 */
@Injectable()
export class RenewNewest {
  constructor(
    private readonly holders: ErasureHolders,
    private readonly deletions: Deletions,
    private readonly jobs: Jobs,
  ) {}

  /** Whether any of it runs. A set that is being backed up is left for another time, and so is what a process that died had not added. */
  async run(tenant: TenantId, vault: VaultId, freeing: JobId): Promise<boolean> {
    const ofSets = new Map<BackupSetId, Job | undefined>();
    for (let last: ErasureHolder | undefined; ;) {
      const page = await this.holders.after(tenant, vault, last);
      for (const [set, holders] of Map.groupBy(page, ({ backupSetId }) => backupSetId)) {
        if (!ofSets.has(set)) ofSets.set(set, await this.#open(tenant, vault, set, freeing));
        const job = ofSets.get(set);
        if (!job || isEnded(job.state) || job.tasksTotal > 0) continue;
        await this.jobs.addTasks(
          tenant,
          job.jobId,
          holders.map(({ resourceId }) => resourceId),
        );
      }
      last = page.at(-1);
      if (!last) break;
    }
    return this.#close(tenant, [...ofSets.values()]);
  }

  async #open(tenant: TenantId, vaultId: VaultId, set: BackupSetId, freeing: JobId): Promise<Job | undefined> {
    const jobId = jobAfter(`${freeing} for ${set}`);
    // Both would fence each other from the chains that they work on.
    if (await this.deletions.running(tenant, set, 'backup')) return undefined;
    try {
      return await this.jobs.open(tenant, {
        ...{ jobId, kind: 'rewriting', backupSetId: set, vaultId, timeZone: 'UTC', fullCheck: false, dryRun: false },
        termsJson: JSON.stringify(TERMS),
      });
    } catch (error) {
      if (isAppError(error, 'FAILED_PRECONDITION')) return undefined;
      throw error;
    }
  }

  async #close(tenant: TenantId, jobs: readonly (Job | undefined)[]): Promise<boolean> {
    let isAny = false;
    for (const job of jobs) {
      if (!job || isEnded(job.state)) continue;
      const { state } = await this.jobs.close(tenant, job.jobId, []);
      isAny ||= !isEnded(state);
    }
    return isAny;
  }
}

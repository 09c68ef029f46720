import { AppError, isAppError, parseJobId, type BackupSetId, type ResourceId, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { missingAccounts, selectedResources, unlicensedResources } from '../domain/selection.js';
import { warningsFor } from '../domain/vault-warning.js';
import { BackupSets, type BackupSet } from './backup-sets.port.js';
import { Deletions } from './deletions.port.js';
import { Directory } from './directory.port.js';
import { eachByItself } from './each-by-itself.js';
import { Jobs, type Job } from './jobs.port.js';
import { RetentionPast } from './retention-terms.port.js';
import { VaultHealth } from './vault-health.port.js';

const UNKNOWN_HEALTH =
  'Storage did not answer when the job began, so nothing could be said of the vault, such as locks that cannot be extended. `holdfast set destinations` shows how it is now.';

const NOTHING_TO_DO =
  'Nothing is backed up by this job: the set leaves out every account that the directory has, or what it protects was deleted on request.';

/**
 * Starts a run of a backup set: one task for each resource that the set protects at this moment, but for what
 * was deleted of it on request.
 */
@Injectable()
export class StartBackup {
  constructor(
    private readonly sets: BackupSets,
    private readonly jobs: Jobs,
    private readonly directory: Directory,
    private readonly deletions: Deletions,
    private readonly health: VaultHealth,
    private readonly past: RetentionPast,
  ) {}

  async run(tenant: TenantId, setId: BackupSetId, options: { readonly fullCheck: boolean }): Promise<Job> {
    const set = await this.sets.get(tenant, setId);
    await this.#requireNoRewriting(tenant, setId);
    const job = await this.jobs.open(tenant, {
      jobId: parseJobId(randomUUID()),
      kind: 'backup',
      backupSetId: setId,
      vaultId: set.vaultId,
      timeZone: set.timeZone,
      fullCheck: options.fullCheck,
      dryRun: false,
    });
    return this.#fill(tenant, set, job);
  }

  /** Both would fence each other from the chains that they work on. */
  async #requireNoRewriting(tenant: TenantId, backupSetId: BackupSetId): Promise<void> {
    const jobId = await this.deletions.running(tenant, backupSetId, 'rewriting');
    if (jobId === undefined) return;
    throw new AppError(
      'FAILED_PRECONDITION',
      `Snapshots of this backup set are being made anew by job ${jobId}, because of a deletion on request. Start the backup when it has ended.`,
      { context: { backupSetId, jobId } },
    );
  }

  /** Goes on with jobs whose process died while it was adding tasks. */
  async resumeLeftOpen(olderThanMs: number): Promise<void> {
    await eachByItself(await this.jobs.leftOpen(['backup'], olderThanMs), (job) => this.#resume(job));
  }

  async #resume(job: Job): Promise<void> {
    const { tenantId, jobId, backupSetId } = job;
    if (!backupSetId) return;
    try {
      await this.#fill(tenantId, await this.sets.get(tenantId, backupSetId), job);
    } catch (error) {
      if (!isAppError(error, 'NOT_FOUND')) throw error;
      await this.jobs.abandon(tenantId, jobId, error.message);
    }
  }

  async #fill(tenant: TenantId, set: BackupSet, job: Job): Promise<Job> {
    const seen = new Set<string>();
    const unlicensed: string[] = [];
    let tasks = 0;
    try {
      for await (const page of this.directory.accounts(tenant)) {
        const resources: ResourceId[] = [];
        const leftOut: ResourceId[] = [];
        for (const account of page) {
          if (set.source.accountIds.has(account.accountId)) seen.add(account.accountId);
          resources.push(...selectedResources(set.source, account));
          const without = unlicensedResources(set.source, account);
          leftOut.push(...without);
          if (without.length > 0 && !set.source.allAccounts) unlicensed.push(account.accountId);
        }
        if (leftOut.length > 0) await this.past.noteUnlicensed(tenant, set.backupSetId, job.jobId, leftOut);
        const excluded = await this.deletions.excludedAmong(tenant, set.backupSetId, resources);
        const wanted = resources.filter((one) => !excluded.has(one));
        if (wanted.length > 0) await this.jobs.addTasks(tenant, job.jobId, wanted);
        tasks += wanted.length;
      }
    } catch (error) {
      // What nobody expected may quote what it stumbled over.
      const cause = isAppError(error)
        ? error.message
        : 'A defect of this program; the scheduler’s log has the details.';
      await this.jobs.abandon(tenant, job.jobId, cause);
      throw error;
    }
    const warnings = [
      ...missingAccounts(set.source, seen).map((id) => `Account ${id} was chosen and is no longer in the directory.`),
      ...unlicensed.map((id) => `Account ${id} was chosen and is not backed up: no licence is assigned to it.`),
    ];
    if (tasks === 0 && warnings.length === 0) warnings.push(NOTHING_TO_DO);
    return this.jobs.close(tenant, job.jobId, [...warnings, ...(await this.#ofVault(tenant, set))]);
  }

  /** The backup begins all the same where storage does not answer: it may be back when the first pack is full. */
  async #ofVault(tenant: TenantId, { vaultId }: BackupSet): Promise<readonly string[]> {
    try {
      return warningsFor('backup', await this.health.warnings(tenant, vaultId));
    } catch (error) {
      if (!isAppError(error)) throw error;
      return [UNKNOWN_HEALTH];
    }
  }
}

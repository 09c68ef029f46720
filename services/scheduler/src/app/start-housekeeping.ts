import { HOUSEKEEPING_KINDS, type HousekeepingKind } from '@holdfast/contracts';
import { parseJobId, type BackupSetId, type JobId, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { BackupSets } from './backup-sets.port.js';
import { eachByItself } from './each-by-itself.js';
import { Jobs, type Job } from './jobs.port.js';
import { fillVaultJob, openVaultJob } from './open-vault-job.js';

export interface WantedHousekeeping {
  readonly kind: HousekeepingKind;
  readonly dryRun: boolean;
  /** The backup after which it starts by itself. */
  readonly afterJobId?: JobId;
}

/** Starts a job that keeps a set's vault in order: one task for the vault. */
@Injectable()
export class StartHousekeeping {
  constructor(
    private readonly sets: BackupSets,
    private readonly jobs: Jobs,
  ) {}

  /** Repeated with the same `jobId` it goes on where it broke off. */
  async run(
    tenant: TenantId,
    setId: BackupSetId,
    wanted: WantedHousekeeping,
    jobId: JobId = parseJobId(randomUUID()),
  ): Promise<Job> {
    const { vaultId, timeZone } = await this.sets.get(tenant, setId);
    const job = { jobId, ...wanted, backupSetId: setId, vaultId, timeZone, fullCheck: false };
    return openVaultJob(this.jobs, tenant, job);
  }

  /** Goes on with jobs of vaults whose process died before they had their task. */
  async resumeLeftOpen(olderThanMs: number): Promise<void> {
    const left = await this.jobs.leftOpen(HOUSEKEEPING_KINDS, olderThanMs);
    await eachByItself(left, (job) => fillVaultJob(this.jobs, job.tenantId, job));
  }
}

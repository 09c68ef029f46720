import { HOUSEKEEPING_KINDS, type HousekeepingKind } from '@holdfast/contracts';
import { parseJobId, type BackupSetId, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { BackupSets } from './backup-sets.port.js';
import { Jobs, type Job } from './jobs.port.js';
import { fillVaultJob, openVaultJob } from './open-vault-job.js';

/** Starts a job that keeps a set's vault in order: one task for the vault. */
@Injectable()
export class StartHousekeeping {
  constructor(
    private readonly sets: BackupSets,
    private readonly jobs: Jobs,
  ) {}

  async run(
    tenant: TenantId,
    setId: BackupSetId,
    { kind, dryRun }: { readonly kind: HousekeepingKind; readonly dryRun: boolean },
  ): Promise<Job> {
    const { vaultId, timeZone } = await this.sets.get(tenant, setId);
    const jobId = parseJobId(randomUUID());
    const job = { jobId, kind, backupSetId: setId, vaultId, timeZone, fullCheck: false, dryRun };
    return openVaultJob(this.jobs, tenant, job);
  }

  /** Goes on with jobs of vaults whose process died before they had their task. */
  async resumeLeftOpen(olderThanMs: number): Promise<void> {
    for (const job of await this.jobs.leftOpen(HOUSEKEEPING_KINDS, olderThanMs))
      await fillVaultJob(this.jobs, job.tenantId, job);
  }
}

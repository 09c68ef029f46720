import type { HousekeepingKind } from '@holdfast/contracts';
import { parseJobId, vaultResource, type BackupSetId, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { BackupSets } from './backup-sets.port.js';
import { Jobs, type Job } from './jobs.port.js';

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
    await this.jobs.open(tenant, { jobId, kind, backupSetId: setId, vaultId, timeZone, fullCheck: false, dryRun });
    await this.jobs.addTasks(tenant, jobId, [vaultResource(vaultId)]);
    return this.jobs.close(tenant, jobId, []);
  }
}

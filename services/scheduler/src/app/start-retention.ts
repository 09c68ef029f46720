import { parseJobId, vaultResource, type BackupSetId, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { BackupSets } from './backup-sets.port.js';
import { Jobs, type Job } from './jobs.port.js';

/** Starts the job that decides which of a set's snapshots stay: one task for its vault. */
@Injectable()
export class StartRetention {
  constructor(
    private readonly sets: BackupSets,
    private readonly jobs: Jobs,
  ) {}

  async run(tenant: TenantId, setId: BackupSetId, options: { readonly dryRun: boolean }): Promise<Job> {
    const { vaultId, timeZone } = await this.sets.get(tenant, setId);
    const jobId = parseJobId(randomUUID());
    const { dryRun } = options;
    await this.jobs.open(tenant, {
      jobId,
      kind: 'retention',
      backupSetId: setId,
      vaultId,
      timeZone,
      fullCheck: false,
      dryRun,
    });
    await this.jobs.addTasks(tenant, jobId, [vaultResource(vaultId)]);
    return this.jobs.close(tenant, jobId, []);
  }
}

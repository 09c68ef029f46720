import { AppError, parseJobId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { BackupSets } from './backup-sets.port.js';
import { Jobs, type Job } from './jobs.port.js';
import { openVaultJob } from './open-vault-job.js';
import { Vaults } from './vaults.port.js';

/** Starts the job that brings a vault back from its destinations. Its sets come last, so none backs up into half an index. */
@Injectable()
export class StartRebuild {
  constructor(
    private readonly sets: BackupSets,
    private readonly jobs: Jobs,
    private readonly vaults: Vaults,
  ) {}

  async run(tenant: TenantId, vault: VaultId): Promise<Job> {
    await this.vaults.require(tenant, vault);
    const user = (await this.sets.list(tenant)).find(({ vaultId }) => vaultId === vault);
    if (user)
      throw new AppError(
        'FAILED_PRECONDITION',
        'A backup set of this installation uses the vault: its index is here, and there is nothing to rebuild.',
        { context: { vaultId: vault, backupSetId: user.backupSetId } },
      );
    const jobId = parseJobId(randomUUID());
    const terms = { timeZone: 'UTC', fullCheck: false, dryRun: false };
    return openVaultJob(this.jobs, tenant, { jobId, kind: 'rebuild', vaultId: vault, ...terms });
  }
}

import type { CheckTerms } from '@holdfast/contracts';
import { parseJobId, type JobId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Jobs, type Job } from './jobs.port.js';
import { openVaultJob } from './open-vault-job.js';
import { Vaults } from './vaults.port.js';

/** Starts the job that checks a vault against its destinations and mends it: one task. */
@Injectable()
export class StartCheck {
  constructor(
    private readonly jobs: Jobs,
    private readonly vaults: Vaults,
  ) {}

  /** FAILED_PRECONDITION where a check of the vault runs. Repeated with the same id it answers the job that is there. */
  async run(
    tenant: TenantId,
    vaultId: VaultId,
    terms: CheckTerms,
    jobId: JobId = parseJobId(randomUUID()),
  ): Promise<Job> {
    await this.vaults.require(tenant, vaultId);
    return openVaultJob(this.jobs, tenant, {
      jobId,
      kind: 'check',
      vaultId,
      timeZone: 'UTC',
      fullCheck: false,
      dryRun: false,
      termsJson: JSON.stringify(terms),
    });
  }
}

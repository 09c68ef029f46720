import type { CheckTerms } from '@holdfast/contracts';
import { parseJobId, vaultResource, type TenantId, type VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Jobs, type Job } from './jobs.port.js';
import { Vaults } from './vaults.port.js';

/** Starts the job that checks a vault against its destinations and mends it: one task. */
@Injectable()
export class StartCheck {
  constructor(
    private readonly jobs: Jobs,
    private readonly vaults: Vaults,
  ) {}

  async run(tenant: TenantId, vaultId: VaultId, terms: CheckTerms): Promise<Job> {
    await this.vaults.require(tenant, vaultId);
    const jobId = parseJobId(randomUUID());
    await this.jobs.open(tenant, {
      jobId,
      kind: 'check',
      vaultId,
      timeZone: 'UTC',
      fullCheck: false,
      dryRun: false,
      termsJson: JSON.stringify(terms),
    });
    await this.jobs.addTasks(tenant, jobId, [vaultResource(vaultId)]);
    return this.jobs.close(tenant, jobId, []);
  }
}

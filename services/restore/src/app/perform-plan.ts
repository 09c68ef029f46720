import type { JobId, TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { Plans } from './plans.port.js';
import { RestoreJobs } from './restore-jobs.port.js';

/** Starts the job that performs a plan; the plan fixed the job's id, so a repeat starts nothing new. */
@Injectable()
export class PerformPlan {
  constructor(
    private readonly plans: Plans,
    private readonly jobs: RestoreJobs,
  ) {}

  async run(tenant: TenantId, planId: string): Promise<JobId> {
    const { jobId, vaultId, sources } = await this.plans.get(tenant, planId);
    await this.plans.notePerformed(tenant, planId);
    const targets = [...new Set(sources.map(({ targetId }) => targetId))];
    await this.jobs.start(tenant, { jobId, planId, vaultId, targets });
    return jobId;
  }
}

import type { JobId, TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { Plans } from './plans.port.js';
import { RestoreJobs } from './restore-jobs.port.js';

/** Starts the job that performs a plan. A repeat starts nothing new while that runs or when it has ended well; else a further job goes on from the journal. */
@Injectable()
export class PerformPlan {
  constructor(
    private readonly plans: Plans,
    private readonly jobs: RestoreJobs,
  ) {}

  async run(tenant: TenantId, planId: string): Promise<JobId> {
    const { jobId: known, vaultId, sources } = await this.plans.get(tenant, planId);
    await this.plans.notePerformed(tenant, planId);
    const targets = [...new Set(sources.map(({ targetId }) => targetId))];
    const jobId = await this.jobs.start(tenant, { jobId: known, planId, vaultId, targets });
    if (jobId !== known) await this.plans.noteJob(tenant, planId, jobId);
    return jobId;
  }
}

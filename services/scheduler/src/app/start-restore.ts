import type { JobId, ResourceId, TenantId, VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { Jobs, type Job } from './jobs.port.js';

export interface RestoreOrder {
  readonly jobId: JobId;
  readonly planId: string;
  readonly vaultId: VaultId;
  /** What is written to, each one task. */
  readonly targets: readonly ResourceId[];
}

/** Starts the job that performs a restore plan. A repeat with the same job id answers the job that is there. */
@Injectable()
export class StartRestore {
  constructor(private readonly jobs: Jobs) {}

  async run(tenant: TenantId, order: RestoreOrder): Promise<Job> {
    const { jobId, planId, vaultId, targets } = order;
    await this.jobs.open(tenant, {
      jobId,
      kind: 'restore',
      planId,
      vaultId,
      timeZone: 'UTC',
      fullCheck: false,
      dryRun: false,
    });
    await this.jobs.addTasks(tenant, jobId, targets);
    return this.jobs.close(tenant, jobId, []);
  }
}

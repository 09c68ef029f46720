import type { JobId, ResourceId, TenantId, VaultId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { isWell } from '../domain/deletion.js';
import { isEnded } from '../domain/job-outcome.js';
import { jobAfter } from './job-of-turn.js';
import { Jobs, type Job } from './jobs.port.js';

export interface RestoreOrder {
  /** The newest job of the plan that its owner knows of. */
  readonly jobId: JobId;
  readonly planId: string;
  readonly vaultId: VaultId;
  /** What is written to, each one task. */
  readonly targets: readonly ResourceId[];
}

/**
 * Starts the job that performs a restore plan. A repeat answers the job that is there, unless that has ended otherwise than well: then a
 * further one follows, which does what the plan's journal has left open. It is known by its id, so repeats start none twice.
 */
@Injectable()
export class StartRestore {
  constructor(private readonly jobs: Jobs) {}

  async run(tenant: TenantId, { jobId, planId, vaultId, targets }: RestoreOrder): Promise<Job> {
    const restore = { kind: 'restore', planId, vaultId, timeZone: 'UTC', fullCheck: false, dryRun: false } as const;
    let job = await this.jobs.open(tenant, { ...restore, jobId });
    while (isEnded(job.state) && !isWell(job.state))
      job = await this.jobs.open(tenant, { ...restore, jobId: jobAfter(job.jobId) });
    await this.jobs.addTasks(tenant, job.jobId, targets);
    return this.jobs.close(tenant, job.jobId, []);
  }
}

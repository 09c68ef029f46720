import { vaultResource, type TenantId } from '@holdfast/kernel';
import type { Job, Jobs, NewJob } from './jobs.port.js';

/** Opens a job that keeps a vault in order, with its one task. Repeated with the same id it goes on where it broke off. */
export async function openVaultJob(jobs: Jobs, tenant: TenantId, job: NewJob): Promise<Job> {
  await jobs.open(tenant, job);
  return fillVaultJob(jobs, tenant, job);
}

/** Gives an open job of a vault its one task, and closes it. */
export async function fillVaultJob(
  jobs: Jobs,
  tenant: TenantId,
  { jobId, vaultId }: Pick<NewJob, 'jobId' | 'vaultId'>,
): Promise<Job> {
  await jobs.addTasks(tenant, jobId, [vaultResource(vaultId)]);
  return jobs.close(tenant, jobId, []);
}

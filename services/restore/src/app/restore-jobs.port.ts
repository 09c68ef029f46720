import type { JobId, ResourceId, TenantId, VaultId } from '@holdfast/kernel';

export interface RestoreOrder {
  readonly jobId: JobId;
  readonly planId: string;
  readonly vaultId: VaultId;
  /** What is written to, each one task. */
  readonly targets: readonly ResourceId[];
}

/** Starts the jobs that perform plans. Safe to repeat: a job id is one job. */
export abstract class RestoreJobs {
  abstract start(tenant: TenantId, order: RestoreOrder): Promise<void>;
}

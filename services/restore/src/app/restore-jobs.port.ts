import type { JobId, ResourceId, TenantId, VaultId } from '@holdfast/kernel';

export interface RestoreOrder {
  /** The newest that is known of. */
  readonly jobId: JobId;
  readonly planId: string;
  readonly vaultId: VaultId;
  /** What is written to, each one task. */
  readonly targets: readonly ResourceId[];
}

/** Starts the jobs that perform plans. Safe to repeat. */
export abstract class RestoreJobs {
  /** Answers the job of that id, or a further one where that has ended otherwise than well. */
  abstract start(tenant: TenantId, order: RestoreOrder): Promise<JobId>;
}

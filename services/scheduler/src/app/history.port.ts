import type { JobHistory, SetDefinition } from '@holdfast/contracts';
import type { BackupSetId, JobId, TenantId, VaultId } from '@holdfast/kernel';

export interface ReturningSet {
  readonly backupSetId: BackupSetId;
  readonly version: number;
  readonly definition: SetDefinition;
}

export interface ReturningJob {
  readonly jobId: JobId;
  readonly history: JobHistory;
}

/** Sets and jobs that come back from a vault. What is known stays as it is; all may be repeated. */
export abstract class History {
  /** Answers whether the set was not known before. Its vault is told of it again, in its new generation. */
  abstract takeBackSet(tenant: TenantId, vault: VaultId, set: ReturningSet): Promise<boolean>;
  /** Answers whether the job was not known before. Reports are told of it as of one that has just ended. */
  abstract takeBackJob(tenant: TenantId, vault: VaultId, job: ReturningJob): Promise<boolean>;
}

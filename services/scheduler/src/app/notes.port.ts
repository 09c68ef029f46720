import type { JobHistory, SetDefinition } from '@holdfast/contracts';
import type { BackupSetId, JobId, TenantId, VaultId } from '@holdfast/kernel';

interface Due {
  readonly tenantId: TenantId;
  readonly vaultId: VaultId;
  /** Changes each time it falls due, so that what is kept meanwhile does not hide a later change. */
  readonly asked: string;
}

/** A set that was changed or a job that has ended, and of which its vault does not know yet. */
export type DueNote =
  | (Due & { readonly kind: 'set'; readonly backupSetId: BackupSetId; readonly deletedVersion: number | undefined })
  | (Due & { readonly kind: 'job'; readonly jobId: JobId });

export interface SetVersion {
  readonly version: number;
  readonly definition: SetDefinition;
}

export interface JobPart {
  /** From 0. */
  readonly part: number;
  readonly parts: number;
  readonly history: JobHistory;
}

/** What vaults have to be told of sets and jobs. A note falls due in the transaction that changes the set or ends the job. */
export abstract class Notes {
  /** Up to `limit` of all tenants; each comes again, later and later, until it is {@link done}. */
  abstract takeDue(limit: number): Promise<readonly DueNote[]>;
  /** Undefined for a set that was deleted. */
  abstract set(tenant: TenantId, set: BackupSetId): Promise<SetVersion | undefined>;
  abstract jobParts(tenant: TenantId, job: JobId): AsyncIterable<JobPart>;
  abstract done(note: DueNote): Promise<void>;
}

import type { RetentionRuns, WireRetentionPolicy } from '@holdfast/contracts';
import type { BackupSetId, TenantId, VaultId } from '@holdfast/kernel';
import type { JobState } from '../domain/job-outcome.js';
import type { SourceSelection } from '../domain/selection.js';

export interface BackupSet {
  readonly tenantId: TenantId;
  readonly backupSetId: BackupSetId;
  readonly displayName: string;
  readonly source: SourceSelection;
  readonly vaultId: VaultId;
  /** IANA name. */
  readonly timeZone: string;
  readonly retention: WireRetentionPolicy;
  readonly retentionRuns: RetentionRuns;
  /** Raised by every change. */
  readonly version: number;
  readonly createdAtMs: number;
  readonly lastJob?: { readonly state: JobState; readonly startedAtMs: number };
}

export type BackupSetSettings = Pick<BackupSet, 'displayName' | 'source' | 'timeZone' | 'retention' | 'retentionRuns'>;
/** What is left out of a change stays as it is. */
export type BackupSetChange = Omit<BackupSetSettings, 'retentionRuns'> & Partial<Pick<BackupSet, 'retentionRuns'>>;

/** Keeps backup sets. A set of another tenant is NOT_FOUND. */
export abstract class BackupSets {
  abstract create(tenant: TenantId, settings: BackupSetSettings & { readonly vaultId: VaultId }): Promise<BackupSet>;
  abstract get(tenant: TenantId, set: BackupSetId): Promise<BackupSet>;
  abstract list(tenant: TenantId): Promise<readonly BackupSet[]>;
  /** CONFLICT when `version` is not the stored one. */
  abstract update(tenant: TenantId, set: BackupSetId, version: number, change: BackupSetChange): Promise<BackupSet>;
  /** Removes the set; its jobs stay on record. FAILED_PRECONDITION while a job runs or a legal hold is on it. */
  abstract delete(tenant: TenantId, set: BackupSetId): Promise<void>;
}

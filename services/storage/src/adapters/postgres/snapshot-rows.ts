import {
  parseBackupSetId,
  parseDestinationId,
  parseJobId,
  parseResourceId,
  parseSnapshotId,
  parseTenantId,
  parseVaultId,
} from '@holdfast/kernel';
import type { Selectable } from 'kysely';
import type { SnapshotInfo, StoredSnapshot } from '../../app/snapshots.port.js';
import type { SnapshotRow } from './schema.js';

/** The columns of {@link SnapshotInfo}: all but the sealed bytes and where they go. */
export const INFO_COLUMNS = [
  'tenant_id',
  'vault_id',
  'snapshot_id',
  'resource_id',
  'backup_set_id',
  'job_id',
  'epoch',
  'generation',
  'number',
  'parent_snapshot_id',
  'job_started_at',
  'committed_at',
] as const;

export function infoFrom(row: Pick<Selectable<SnapshotRow>, (typeof INFO_COLUMNS)[number]>): SnapshotInfo {
  return {
    tenantId: parseTenantId(row.tenant_id),
    vaultId: parseVaultId(row.vault_id),
    snapshotId: parseSnapshotId(row.snapshot_id.toString('hex')),
    resourceId: parseResourceId(row.resource_id),
    backupSetId: parseBackupSetId(row.backup_set_id),
    jobId: parseJobId(row.job_id),
    epoch: row.epoch,
    generation: row.generation,
    number: row.number,
    parent: row.parent_snapshot_id ? parseSnapshotId(row.parent_snapshot_id.toString('hex')) : undefined,
    jobStartedAt: row.job_started_at.getTime(),
    committedAt: row.committed_at?.getTime(),
  };
}

export function storedFrom(row: Selectable<SnapshotRow>): StoredSnapshot {
  return {
    ...infoFrom(row),
    sealed: row.sealed,
    objectName: row.object_name,
    destinationId: parseDestinationId(row.destination_id),
    isRetired: row.retired_at !== null,
  };
}

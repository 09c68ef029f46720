import {
  parseBackupSetId,
  parseDeletionId,
  parseJobId,
  parseResourceId,
  parseTenantId,
  parseVaultId,
} from '@holdfast/kernel';
import { sql, type Selectable, type Transaction } from 'kysely';
import type { Deletion, DeletionApproval, RemovedResource } from '../../app/deletions.port.js';
import type { DeletionSubject } from '../../domain/deletion.js';
import type { DeletionRow, SchedulerSchema } from './schema.js';

type Tx = Transaction<SchedulerSchema>;

/** A request with its approvals, its newest job and what was removed, as they stand in this transaction. */
export async function readDeletion(tx: Tx, row: Selectable<DeletionRow>): Promise<Deletion> {
  const job = await readJobOf(tx, row);
  return {
    tenantId: parseTenantId(row.tenant_id),
    deletionId: parseDeletionId(row.deletion_id),
    backupSetId: parseBackupSetId(row.backup_set_id),
    vaultId: parseVaultId(row.vault_id),
    subject: subjectFrom(row),
    reason: row.reason,
    requestedBy: row.requested_by,
    requestedAtMs: row.requested_at.getTime(),
    approvals: await approvalsOf(tx, row),
    ...(row.withdrawn_by !== null &&
      row.withdrawn_at && { withdrawn: { by: row.withdrawn_by, atMs: row.withdrawn_at.getTime() } }),
    ...(job && { job }),
    removed: await removedBy(tx, row),
  };
}

function subjectFrom({ kind, subject }: Selectable<DeletionRow>): DeletionSubject {
  return kind === 'account' ? { kind, accountId: subject } : { kind, resourceId: parseResourceId(subject) };
}

async function readJobOf(tx: Tx, { tenant_id, job_id }: Selectable<DeletionRow>): Promise<Deletion['job']> {
  if (job_id === null) return undefined;
  const { state, finished_at } = await tx
    .selectFrom('jobs')
    .select(['state', 'finished_at'])
    .where('tenant_id', '=', tenant_id)
    .where('job_id', '=', job_id)
    .executeTakeFirstOrThrow();
  return { jobId: parseJobId(job_id), state, ...(finished_at && { finishedAtMs: finished_at.getTime() }) };
}

async function approvalsOf(tx: Tx, { tenant_id, deletion_id }: Selectable<DeletionRow>): Promise<DeletionApproval[]> {
  const rows = await tx
    .selectFrom('deletion_approvals')
    .select(['approved_by', 'approved_at'])
    .where('tenant_id', '=', tenant_id)
    .where('deletion_id', '=', deletion_id)
    .orderBy('approved_at')
    .execute();
  return rows.map(({ approved_by, approved_at }) => ({ by: approved_by, atMs: approved_at.getTime() }));
}

async function removedBy(tx: Tx, { tenant_id, deletion_id }: Selectable<DeletionRow>): Promise<RemovedResource[]> {
  const rows = await tx
    .selectFrom('deletion_removals')
    .select([
      'resource_id',
      sql<number>`count(*)`.as('snapshots'),
      sql<number>`min(number)`.as('first_number'),
      sql<number>`max(number)`.as('last_number'),
      sql<Date>`min(job_started_at)`.as('first_at'),
      sql<Date>`max(job_started_at)`.as('last_at'),
    ])
    .where('tenant_id', '=', tenant_id)
    .where('deletion_id', '=', deletion_id)
    .groupBy('resource_id')
    .orderBy('resource_id')
    .execute();
  return rows.map((row) => ({
    resourceId: parseResourceId(row.resource_id),
    snapshots: row.snapshots,
    firstNumber: row.first_number,
    lastNumber: row.last_number,
    firstJobStartedAtMs: row.first_at.getTime(),
    lastJobStartedAtMs: row.last_at.getTime(),
  }));
}

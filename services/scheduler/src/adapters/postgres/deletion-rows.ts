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
import { isWell, type DeletionSubject } from '../../domain/deletion.js';
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
    ...(await removalOf(tx, row, job)),
    ...(await freeingOf(tx, row)),
  };
}

function subjectFrom({ kind, subject, item_ids }: Selectable<DeletionRow>): DeletionSubject {
  if (kind === 'account') return { kind, accountId: subject };
  const resourceId = parseResourceId(subject);
  return kind === 'items' ? { kind, resourceId, itemIds: item_ids } : { kind, resourceId };
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

/** What was noted when the job had ended; before that, what it has removed so far. */
async function removalOf(
  tx: Tx,
  row: Selectable<DeletionRow>,
  job: Deletion['job'],
): Promise<Pick<Deletion, 'removed' | 'removedAtMs'>> {
  if (row.removed_at) return { removed: row.removed ?? [], removedAtMs: row.removed_at.getTime() };
  const hasEndedWell = job?.finishedAtMs !== undefined && isWell(job.state);
  return { removed: await removedBy(tx, row), ...(hasEndedWell && { removedAtMs: job.finishedAtMs }) };
}

export async function freeingOf(
  tx: Tx,
  { tenant_id, freeing_job_id }: Pick<Selectable<DeletionRow>, 'tenant_id' | 'freeing_job_id'>,
): Promise<Pick<Deletion, 'freeing'>> {
  if (freeing_job_id === null) return {};
  const row = await tx
    .selectFrom('jobs')
    .leftJoin('tasks', 'tasks.job_id', 'jobs.job_id')
    .select(['jobs.state', 'jobs.finished_at', 'tasks.report'])
    .where('jobs.tenant_id', '=', tenant_id)
    .where('jobs.job_id', '=', freeing_job_id)
    .executeTakeFirst();
  if (!row) return {};
  const { bytesFreed = 0, snapshotsInUse = 0, packsToErase = 0 } = row.report?.housekeeping ?? {};
  const { state, finished_at } = row;
  const finished = finished_at && { finishedAtMs: finished_at.getTime() };
  const left = { snapshotsInUse, packsToErase };
  return { freeing: { jobId: parseJobId(freeing_job_id), state, ...finished, bytesFreed, ...left } };
}

export async function removedBy(
  tx: Tx,
  { tenant_id, deletion_id }: Selectable<DeletionRow>,
): Promise<RemovedResource[]> {
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

import { jobChanged } from '@holdfast/contracts';
import { parseTenantId, parseJobId, AppError, type JobId, type TenantId } from '@holdfast/kernel';
import { addToOutbox } from '@holdfast/platform';
import { sql, type Selectable, type Transaction, type UpdateObject } from 'kysely';
import type { Job } from '../../app/jobs.port.js';
import { COUNTED_ENDS, isEnded, jobOutcome, type TaskCounts, type TaskState } from '../../domain/job-outcome.js';
import { noteDue } from './note-due.js';
import { jobFrom, type TaskTotals } from './rows.js';
import type { JobRow, SchedulerSchema } from './schema.js';

type Tx = Transaction<SchedulerSchema>;
type JobUpdate = UpdateObject<SchedulerSchema, 'jobs'>;

/** The job's row, locked until the transaction ends, so that two last tasks cannot both miss the end. */
export async function lockJob(tx: Tx, tenant: TenantId, job: JobId): Promise<Selectable<JobRow>> {
  const row = await tx
    .selectFrom('jobs')
    .selectAll()
    .where('tenant_id', '=', tenant)
    .where('job_id', '=', job)
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new AppError('NOT_FOUND', `There is no job ${job}.`, { context: { jobId: job } });
  return row;
}

async function countTasks(tx: Tx, job: string): Promise<TaskCounts> {
  const rows = await tx
    .selectFrom('tasks')
    .select(['state', sql<number>`count(*)`.as('tasks')])
    .where('job_id', '=', job)
    .groupBy('state')
    .execute();
  return Object.fromEntries(rows.map(({ state, tasks }) => [state, tasks]));
}

function totalsOf(counts: TaskCounts): TaskTotals {
  const states = Object.entries(counts) as [TaskState, number][];
  const sum = (chosen: typeof states) => chosen.reduce((total, [, tasks]) => total + tasks, 0);
  return { total: sum(states), finished: sum(states.filter(([state]) => isEnded(state))) };
}

/** The job with its totals, as it stands in this transaction. */
export async function readJob(tx: Tx, row: Selectable<JobRow>): Promise<Job> {
  return jobFrom(row, totalsOf(await countTasks(tx, row.job_id)));
}

/** Ends the job when it is closed and its last task has ended. */
export async function endJobIfDone(tx: Tx, row: Selectable<JobRow>): Promise<Job> {
  const counts = await countTasks(tx, row.job_id);
  const totals = totalsOf(counts);
  if (row.is_open || isEnded(row.state) || totals.finished < totals.total) return jobFrom(row, totals);
  const state =
    row.state === 'stopping' && totals.total === 0 ? 'stopped' : jobOutcome(counts, row.warnings.length > 0);
  return changeJob(tx, row, { state, finished_at: sql<Date>`now()` });
}

/** Writes a change of the job and tells of it, in one transaction. */
export async function changeJob(tx: Tx, row: Selectable<JobRow>, change: JobUpdate): Promise<Job> {
  const changed = await tx
    .updateTable('jobs')
    .set({ ...change, revision: row.revision + 1, touched_at: sql<Date>`now()` })
    .where('job_id', '=', row.job_id)
    .returningAll()
    .executeTakeFirstOrThrow();
  if (isEnded(changed.state))
    await noteDue(tx, { tenantId: row.tenant_id, vaultId: row.vault_id, kind: 'job', id: row.job_id });
  await retainAfter(tx, changed);
  const job = await readJob(tx, changed);
  await tellOfJob(tx, job, changed);
  return job;
}

/** Notes that the set's retention is to follow a backup that ended with what it could finish, where the set wants that and has rules. */
async function retainAfter(
  tx: Tx,
  { tenant_id, job_id, kind, state, backup_set_id }: Selectable<JobRow>,
): Promise<void> {
  if (kind !== 'backup' || backup_set_id === null || !COUNTED_ENDS.some((end) => end === state)) return;
  await tx
    .updateTable('backup_sets')
    .set({ retention_after: job_id })
    .where('tenant_id', '=', tenant_id)
    .where('backup_set_id', '=', backup_set_id)
    .where('retention_runs', '=', 'after-each-backup')
    .where(sql<boolean>`retention <> '{}'::jsonb`)
    .execute();
}

/** Tells of a job as it stands since the change that `row` is of. */
export async function tellOfJob(tx: Tx, job: Job, row: Selectable<JobRow>): Promise<void> {
  await addToOutbox(tx, jobChanged, {
    tenantId: parseTenantId(job.tenantId),
    jobId: parseJobId(job.jobId),
    jobKind: job.kind,
    state: job.state,
    revision: row.revision,
    tasksTotal: job.tasksTotal,
    startedAtMs: job.startedAtMs,
    finishedAtMs: job.finishedAtMs ?? 0,
    warnings: [...job.warnings],
    atMs: row.touched_at.getTime(),
  });
}

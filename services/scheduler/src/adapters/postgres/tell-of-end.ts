import { emptyTaskReport, taskFinished, type TaskFinished } from '@holdfast/contracts';
import { addAllToOutbox } from '@holdfast/platform';
import type { Selectable, Transaction } from 'kysely';
import { taskFrom } from './rows.js';
import type { SchedulerSchema, TaskRow } from './schema.js';

type ToldOfEnd = Pick<TaskFinished, 'outcome' | 'snapshotId' | 'errorCode' | 'errorMessage' | 'report'>;

/** Of a task that ended because its job was to stop, by itself or before anybody began it. */
export const STOPPED: ToldOfEnd = {
  outcome: 'stopped',
  snapshotId: '',
  errorCode: '',
  errorMessage: '',
  report: emptyTaskReport,
};

/** Tells of tasks that have ended alike, in the transaction in which they did: reporting hears of no end in another way. */
export async function tellOfEnd(
  tx: Transaction<SchedulerSchema>,
  rows: readonly Selectable<TaskRow>[],
  end: ToldOfEnd,
): Promise<void> {
  const { outcome, snapshotId, errorCode, errorMessage, report } = end;
  const told = rows.map(taskFrom).map(({ tenantId, jobId, taskId, resourceId, finishedAtMs = 0 }) => {
    const of = { tenantId, jobId, taskId, resourceId };
    return { ...of, outcome, snapshotId, errorCode, errorMessage, report, atMs: finishedAtMs };
  });
  await addAllToOutbox(tx, taskFinished, told);
}

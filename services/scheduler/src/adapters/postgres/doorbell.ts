import { crawlReady, housekeepingReady, restoreReady } from '@holdfast/contracts';
import { parseJobId, parseResourceId, parseTaskId, parseTenantId, resourceParts } from '@holdfast/kernel';
import { addToOutbox } from '@holdfast/platform';
import type { Selectable, Transaction } from 'kysely';
import type { SchedulerSchema, TaskRow } from './schema.js';

/** Rings for a task from the transaction that made it ready. */
export async function ring(tx: Transaction<SchedulerSchema>, task: Selectable<TaskRow>): Promise<void> {
  const tenantId = parseTenantId(task.tenant_id);
  const taskId = parseTaskId(task.task_id);
  const { kind } = task;
  if (kind !== 'backup' && kind !== 'restore' && kind !== 'rewriting') {
    await addToOutbox(tx, housekeepingReady, { tenantId, taskId, kind });
    return;
  }
  await addToOutbox(tx, kind === 'restore' ? restoreReady : crawlReady, {
    tenantId,
    jobId: parseJobId(task.job_id),
    taskId,
    lane: task.lane,
    workload: resourceParts(parseResourceId(task.resource_id)).workload,
  });
}

import { crawlReady, restoreReady } from '@holdfast/contracts';
import { parseJobId, parseResourceId, parseTaskId, parseTenantId, resourceParts } from '@holdfast/kernel';
import { addToOutbox } from '@holdfast/platform';
import type { Selectable, Transaction } from 'kysely';
import type { SchedulerSchema, TaskRow } from './schema.js';

/** Rings for a task from the transaction that made it ready. */
export async function ring(tx: Transaction<SchedulerSchema>, task: Selectable<TaskRow>): Promise<void> {
  await addToOutbox(tx, task.kind === 'backup' ? crawlReady : restoreReady, {
    tenantId: parseTenantId(task.tenant_id),
    jobId: parseJobId(task.job_id),
    taskId: parseTaskId(task.task_id),
    lane: task.lane,
    workload: resourceParts(parseResourceId(task.resource_id)).workload,
  });
}

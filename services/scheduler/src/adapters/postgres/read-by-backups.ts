import type { BackupSetId, TenantId } from '@holdfast/kernel';
import { sql, type RawBuilder, type Transaction } from 'kysely';
import type { HeldSubject } from '../../domain/held-subject.js';
import type { SchedulerSchema } from './schema.js';

/** Whether a backup in the history, of this set or of any, had a task of the subject. */
export async function hasBeenRead(
  tx: Transaction<SchedulerSchema>,
  tenant: TenantId,
  { subject, set }: { readonly subject: HeldSubject; readonly set?: BackupSetId },
): Promise<boolean> {
  let tasks = tx
    .selectFrom('tasks as t')
    .innerJoin('jobs as j', 'j.job_id', 't.job_id')
    .select('t.task_id')
    .where('t.tenant_id', '=', tenant)
    .where('j.kind', '=', 'backup')
    .where(isOf(subject));
  if (set) tasks = tasks.where('j.backup_set_id', '=', set);
  return (await tasks.limit(1).executeTakeFirst()) !== undefined;
}

/** Whether a task `t` of a job `j` is of the subject. */
function isOf(subject: HeldSubject): RawBuilder<boolean> {
  switch (subject.kind) {
    case 'set':
      return sql<boolean>`j.backup_set_id = ${subject.backupSetId}`;
    case 'account':
      return sql<boolean>`split_part(t.resource_id, '.', 2) = ${subject.accountId}`;
    case 'resource':
      return sql<boolean>`t.resource_id = ${subject.resourceId}`;
  }
}

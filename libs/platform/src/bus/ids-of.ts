import type { LogContext } from '../logging/log-context.js';

/** The ids in a message that lead to the work it is about. */
export function idsOf(payload: object): LogContext {
  const fields = payload as Readonly<Record<string, unknown>>;
  const ids = {
    tenant: fields['tenantId'],
    job: fields['jobId'],
    task: fields['taskId'],
    resource: fields['resourceId'],
  };
  return Object.fromEntries(Object.entries(ids).filter(([, id]) => typeof id === 'string'));
}

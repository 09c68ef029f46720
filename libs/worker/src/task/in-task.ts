import { inSpan, resume, SpanKind, withLogContext } from '@holdfast/platform';
import type { Lease } from './task-desk.js';

/** Works on a task under its ids, in the trace of the request that started its job. */
export function inTask(kind: Lease['kind'], lease: Lease, work: () => Promise<void>): Promise<void> {
  const { tenantId: tenant, jobId: job, taskId: task, resourceId: resource, traceparent, lane, epoch } = lease;
  const attributes = { 'holdfast.lane': lane, 'holdfast.epoch': epoch };
  return resume(traceparent === undefined ? {} : { traceparent }, () =>
    withLogContext({ tenant, job, task, resource }, () =>
      inSpan(`${kind} task`, { kind: SpanKind.CONSUMER, attributes, mayBegin: true }, work),
    ),
  );
}

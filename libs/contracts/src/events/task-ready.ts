import { parseJobId, parseTaskId, parseTenantId } from '@holdfast/kernel';
import { z } from 'zod';
import { defineEvent } from '../define-event.js';

/** In order of precedence: a person waits for a restore, a schedule for an increment. */
export const LANES = ['restore', 'increment', 'first-full'] as const;
export type Lane = (typeof LANES)[number];

const taskReadySchema = z.object({
  tenantId: z.uuid().transform(parseTenantId),
  jobId: z.uuid().transform(parseJobId),
  taskId: z.uuid().transform(parseTaskId),
  lane: z.enum(LANES),
  workload: z.enum(['mail', 'drive']),
});

/** A backup task may be leased. From scheduler to crawlers. Carries no cursor and no content: the lease does. */
export const crawlReady = defineEvent({
  name: 'crawl.ready.v1',
  kind: 'doorbell',
  subject: 'crawl.{tenantId}.{lane}.{workload}',
  from: 'scheduler',
  to: 'crawler',
  ackWaitMs: 60_000,
  schema: taskReadySchema,
});

/** A restore task may be leased. From scheduler to restore. */
export const restoreReady = defineEvent({
  name: 'restore.ready.v1',
  kind: 'doorbell',
  subject: 'restore.{tenantId}.{lane}.{workload}',
  from: 'scheduler',
  to: 'restore',
  ackWaitMs: 60_000,
  schema: taskReadySchema,
});

export type TaskReady = z.infer<typeof taskReadySchema>;

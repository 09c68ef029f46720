import { parseTaskId, parseTenantId } from '@holdfast/kernel';
import { z } from 'zod';
import { defineEvent } from '../define-event.js';

/** Jobs that keep a vault in order: they read nothing of Microsoft's, and storage performs them. */
export const HOUSEKEEPING_KINDS = ['retention', 'freeing', 'rebuild', 'check', 'deletion'] as const;
export type HousekeepingKind = (typeof HOUSEKEEPING_KINDS)[number];

/** A task of a housekeeping job may be leased. From scheduler to storage. */
export const housekeepingReady = defineEvent({
  name: 'housekeeping.ready.v1',
  kind: 'doorbell',
  subject: 'housekeeping.{tenantId}.{kind}',
  from: 'scheduler',
  to: 'storage',
  ackWaitMs: 60_000,
  schema: z.object({
    tenantId: z.uuid().transform(parseTenantId),
    taskId: z.uuid().transform(parseTaskId),
    kind: z.enum(HOUSEKEEPING_KINDS),
  }),
});

import { parseTenantId } from '@holdfast/kernel';
import { z } from 'zod';
import { defineSignal } from '../define-event.js';

/** What a fence may stand around: one service's budget of a tenant, or the budgets of all of them. */
export const FENCED_BUCKETS = ['outlook', 'sharepoint', 'identity', 'all'] as const;

/**
 * Microsoft asked to leave a part of a tenant's budgets alone: what a worker holds of it is void, and it asks auth before it sends
 * more. From auth to whoever spends, once auth itself grants nothing there. Says no time, so that late, doubled, forged or lost it
 * costs an ask and holds nobody back: how long to wait is auth's answer.
 */
export const budgetFenced = defineSignal({
  name: 'budget.fenced.v1',
  kind: 'signal',
  subject: 'fence.{tenantId}.{bucket}',
  from: 'auth',
  to: ['crawler', 'restore'],
  schema: z.object({
    tenantId: z.uuid().transform(parseTenantId),
    bucket: z.enum(FENCED_BUCKETS),
    /** The owner of the one mailbox that is fenced, where `bucket` is `outlook`; else empty. */
    mailbox: z.string(),
  }),
});
export type BudgetFenced = z.infer<typeof budgetFenced.schema>;

import type { EventDefinition } from '@holdfast/contracts';
import { sql, type Transaction } from 'kysely';
import type { z } from 'zod';
import { encodeMessage } from '../bus/event-subject.js';
import { carried } from '../telemetry/work-context.js';
import { enableTenantRls } from './tenant-rls.js';

type OfTenant = z.ZodType<object & { readonly tenantId: string }>;

/** PostgreSQL channel on which a service's outbox says that it has something. */
export function outboxChannel(schema: string): string {
  return `${schema}_outbox`;
}

/** SQL for a migration: the table in which a service's messages wait for the transaction that wrote them to be committed. */
export function outboxTable(schema: string): string {
  return `
    create table outbox (
      id bigint generated always as identity primary key,
      tenant_id uuid not null,
      event text not null,
      payload jsonb not null
    );
    ${enableTenantRls(schema, 'outbox', { isSwept: true })}`;
}

/** SQL for a later migration: a message keeps the trace (W3C traceparent) in which it was written. */
export const outboxTraces = 'alter table outbox add column traceparent text;';

/** Adds a message to a tenant's transaction: it goes to the bus if, and soon after, the transaction is committed. */
export async function addToOutbox<Tables, S extends OfTenant>(
  tx: Transaction<Tables>,
  event: EventDefinition<S>,
  payload: z.output<S>,
): Promise<void> {
  const { data } = encodeMessage(event, payload);
  await sql`
    with added as (
      insert into outbox (tenant_id, event, payload, traceparent)
      values (${payload.tenantId}, ${event.name}, ${Buffer.from(data).toString()}::jsonb, ${carried().traceparent ?? null})
      returning tenant_id)
    select pg_notify(current_schema() || '_outbox', '') from added`.execute(tx);
}

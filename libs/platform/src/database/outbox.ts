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

/** Messages in one statement, at most. */
const AT_ONCE = 1_000;

/** Adds a message to a tenant's transaction: it goes to the bus if, and soon after, the transaction is committed. */
export function addToOutbox<Tables, S extends OfTenant>(
  tx: Transaction<Tables>,
  event: EventDefinition<S>,
  payload: z.output<S>,
): Promise<void> {
  return addAllToOutbox(tx, event, [payload]);
}

/** The same for many messages, in their order: one statement for a thousand of them. */
export async function addAllToOutbox<Tables, S extends OfTenant>(
  tx: Transaction<Tables>,
  event: EventDefinition<S>,
  payloads: readonly z.output<S>[],
): Promise<void> {
  for (let from = 0; from < payloads.length; from += AT_ONCE) {
    const part = payloads.slice(from, from + AT_ONCE);
    const tenants = part.map(({ tenantId }) => tenantId);
    const texts = part.map((payload) => Buffer.from(encodeMessage(event, payload).data).toString());
    await sql`
      with added as (
        insert into outbox (tenant_id, event, payload, traceparent)
        select tenant_id, ${event.name}, payload::jsonb, ${carried().traceparent ?? null}
        from unnest(${tenants}::uuid[], ${texts}::text[]) with ordinality as given (tenant_id, payload, place)
        order by place
        returning tenant_id)
      select pg_notify(current_schema() || '_outbox', '') from added limit 1`.execute(tx);
  }
}

import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql, type Selectable } from 'kysely';
import { AuditTrail, type ChainedEntry, type TrailOwner } from '../../app/audit-trail.port.js';
import { hashOf } from '../../app/verify-audit-trail.js';
import { NO_ENTRY_HASH, type AuditEntry, type AuditEvent } from '../../domain/audit-entry.js';
import { tenantOf } from '../../app/provider-tenant.js';
import { type GatewaySchema, type GatewaySweep } from './gateway-database.js';

@Injectable()
export class PostgresAuditTrail extends AuditTrail {
  constructor(private readonly database: Database<GatewaySchema, GatewaySweep>) {
    super();
  }

  override async append(owner: TrailOwner, event: AuditEvent, atMs: number): Promise<ChainedEntry> {
    const tenant = tenantOf(owner);
    return this.database.inTenant(tenant, async (tx) => {
      // One writer at a time for each trail: the next entry needs the hash of the one before.
      await sql`select pg_advisory_xact_lock(hashtextextended(${`gateway.audit.${tenant}`}, 0))`.execute(tx);
      const last = await tx
        .selectFrom('audit_entries')
        .select(['number', 'hash'])
        .where('tenant_id', '=', tenant)
        .orderBy('number', 'desc')
        .limit(1)
        .executeTakeFirst();
      const entry: AuditEntry = {
        ...event,
        tenantId: tenant,
        number: (last?.number ?? 0) + 1,
        atMs,
        previousHash: last?.hash ?? NO_ENTRY_HASH,
      };
      const hash = hashOf(entry);
      await tx
        .insertInto('audit_entries')
        .values({
          tenant_id: tenant,
          number: entry.number,
          at_ms: atMs,
          actor: entry.actor,
          action: entry.action,
          outcome: entry.outcome,
          target: JSON.stringify(entry.target),
          error_code: entry.errorCode,
          request_id: entry.requestId,
          previous_hash: entry.previousHash,
          hash,
        })
        .execute();
      return { ...entry, hash };
    });
  }

  override async list(owner: TrailOwner, size: number, before?: number): Promise<readonly ChainedEntry[]> {
    const rows = await this.database.inTenant(tenantOf(owner), (tx) =>
      tx
        .selectFrom('audit_entries')
        .selectAll()
        .where('tenant_id', '=', tenantOf(owner))
        .$if(before !== undefined, (query) => query.where('number', '<', before ?? 0))
        .orderBy('number', 'desc')
        .limit(size)
        .execute(),
    );
    return rows.map(entryFrom);
  }

  override async after(owner: TrailOwner, number: number, size: number): Promise<readonly ChainedEntry[]> {
    const rows = await this.database.inTenant(tenantOf(owner), (tx) =>
      tx
        .selectFrom('audit_entries')
        .selectAll()
        .where('tenant_id', '=', tenantOf(owner))
        .where('number', '>', number)
        .orderBy('number')
        .limit(size)
        .execute(),
    );
    return rows.map(entryFrom);
  }

  override async following(owner: TrailOwner, previousHash: string): Promise<readonly number[]> {
    const rows = await this.database.inTenant(tenantOf(owner), (tx) =>
      tx
        .selectFrom('audit_entries')
        .select('number')
        .where('tenant_id', '=', tenantOf(owner))
        .where('previous_hash', '=', previousHash)
        .execute(),
    );
    return rows.map((row) => row.number);
  }
}

function entryFrom(row: Selectable<GatewaySchema['audit_entries']>): ChainedEntry {
  return {
    tenantId: row.tenant_id,
    number: row.number,
    atMs: row.at_ms,
    actor: row.actor,
    action: row.action,
    outcome: row.outcome,
    target: row.target,
    errorCode: row.error_code,
    requestId: row.request_id,
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}

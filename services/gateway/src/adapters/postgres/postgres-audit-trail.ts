import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql, type Selectable } from 'kysely';
import { createHash } from 'node:crypto';
import { AuditTrail, type ChainedEntry, type TrailOwner } from '../../app/audit-trail.port.js';
import { canonicalText, NO_ENTRY_HASH, type AuditEntry, type AuditEvent } from '../../domain/audit-entry.js';
import { rowsOf, type GatewaySchema, type GatewaySweep } from './gateway-database.js';

const VERIFY_PAGE = 1_000;

@Injectable()
export class PostgresAuditTrail extends AuditTrail {
  constructor(private readonly database: Database<GatewaySchema, GatewaySweep>) {
    super();
  }

  override async append(owner: TrailOwner, event: AuditEvent, atMs: number): Promise<void> {
    const tenant = rowsOf(owner);
    await this.database.inTenant(tenant, async (tx) => {
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
          hash: hashOf(entry),
        })
        .execute();
    });
  }

  override async list(owner: TrailOwner, size: number, before?: number): Promise<readonly ChainedEntry[]> {
    const rows = await this.database.inTenant(rowsOf(owner), (tx) =>
      tx
        .selectFrom('audit_entries')
        .selectAll()
        .where('tenant_id', '=', rowsOf(owner))
        .$if(before !== undefined, (query) => query.where('number', '<', before ?? 0))
        .orderBy('number', 'desc')
        .limit(size)
        .execute(),
    );
    return rows.map(entryFrom);
  }

  override async verify(owner: TrailOwner): Promise<{ entries: number; firstBroken?: number }> {
    let number = 0;
    let hash = NO_ENTRY_HASH;
    for (;;) {
      const rows = await this.#after(owner, number);
      for (const row of rows) {
        const entry = entryFrom(row);
        const isWhole = entry.number === number + 1 && entry.previousHash === hash && hashOf(entry) === entry.hash;
        if (!isWhole) return { entries: number, firstBroken: entry.number };
        ({ number, hash } = entry);
      }
      if (rows.length < VERIFY_PAGE) return { entries: number };
    }
  }

  #after(owner: TrailOwner, number: number) {
    return this.database.inTenant(rowsOf(owner), (tx) =>
      tx
        .selectFrom('audit_entries')
        .selectAll()
        .where('tenant_id', '=', rowsOf(owner))
        .where('number', '>', number)
        .orderBy('number')
        .limit(VERIFY_PAGE)
        .execute(),
    );
  }
}

function hashOf(entry: AuditEntry): string {
  return createHash('sha256').update(canonicalText(entry)).digest('hex');
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

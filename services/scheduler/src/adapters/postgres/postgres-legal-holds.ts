import {
  AppError,
  parseBackupSetId,
  parseJobId,
  parseLegalHoldId,
  parseResourceId,
  parseTenantId,
  type BackupSetId,
  type LegalHoldId,
  type ResourceId,
  type TenantId,
} from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder, type Selectable, type Transaction } from 'kysely';
import type { Page, PageRequest } from '../../app/jobs.port.js';
import { LegalHolds, type HeldPast, type LegalHold, type NewLegalHold } from '../../app/legal-holds.port.js';
import { idOfSubject, subjectsOver, type HeldSubject } from '../../domain/held-subject.js';
import { pageOf, readMillisecondToken } from './paging.js';
import { hasBeenRead } from './read-by-backups.js';
import type { LegalHoldRow, SchedulerSchema, SchedulerSweep } from './schema.js';
import { tellSetsOf } from './standing-on-set.js';

@Injectable()
export class PostgresLegalHolds extends LegalHolds {
  constructor(private readonly database: Database<SchedulerSchema, SchedulerSweep>) {
    super();
  }

  override place(tenant: TenantId, { subject, reason, placedBy }: NewLegalHold): Promise<LegalHold> {
    return this.database.inTenant(tenant, async (tx) => {
      if (subject.kind === 'set') await requireSet(tx, tenant, subject.backupSetId);
      const row = await tx
        .insertInto('legal_holds')
        .values({ tenant_id: tenant, kind: subject.kind, subject: idOfSubject(subject), reason, placed_by: placedBy })
        .returningAll()
        .executeTakeFirstOrThrow();
      await tellSetsOf(tx, tenant, subject);
      return holdFrom(row);
    });
  }

  override past(tenant: TenantId, subject: HeldSubject): Promise<HeldPast> {
    return this.database.inTenant(tenant, async (tx) => {
      const isUnknown = !(await hasBeenRead(tx, tenant, { subject }));
      let running = tx
        .selectFrom('jobs')
        .select('job_id')
        .where('tenant_id', '=', tenant)
        .where('kind', 'in', ['retention', 'deletion'])
        .where('dry_run', '=', false)
        .where('state', 'in', ['running', 'stopping']);
      if (subject.kind === 'set') running = running.where('backup_set_id', '=', subject.backupSetId);
      const jobs = await running.orderBy('started_at').execute();
      return { isUnknown, running: jobs.map(({ job_id }) => parseJobId(job_id)) };
    });
  }

  override lift(tenant: TenantId, holdId: LegalHoldId, by: string): Promise<LegalHold> {
    return this.database.inTenant(tenant, async (tx) => {
      const lifted = await tx
        .updateTable('legal_holds')
        .set({ lifted_by: by, lifted_at: sql<Date>`now()` })
        .where('tenant_id', '=', tenant)
        .where('hold_id', '=', holdId)
        .where('lifted_at', 'is', null)
        .returningAll()
        .executeTakeFirst();
      if (lifted) await tellSetsOf(tx, tenant, subjectFrom(lifted));
      const row = lifted ?? (await rowOf(tx, tenant, holdId));
      if (row) return holdFrom(row);
      throw new AppError('NOT_FOUND', `There is no legal hold ${holdId}.`, { context: { holdId } });
    });
  }

  override list(
    tenant: TenantId,
    { size, from }: PageRequest,
    { withLifted }: { readonly withLifted: boolean },
  ): Promise<Page<LegalHold>> {
    return this.database.inTenant(tenant, async (tx) => {
      let query = tx.selectFrom('legal_holds').selectAll().where('tenant_id', '=', tenant);
      if (!withLifted) query = query.where('lifted_at', 'is', null);
      if (from) query = query.where(isAfter(from));
      const rows = await query
        .orderBy(sql`date_trunc('milliseconds', placed_at)`, 'desc')
        .orderBy('hold_id')
        .limit(size + 1)
        .execute();
      return pageOf(rows.map(holdFrom), size, ({ placedAtMs, holdId }) => [placedAtMs, holdId]);
    });
  }

  override heldAmong(
    tenant: TenantId,
    set: BackupSetId,
    resources: readonly ResourceId[],
  ): Promise<ReadonlySet<ResourceId>> {
    return this.database.inTenant(tenant, async (tx) => {
      const keysOver = new Map(resources.map((one) => [one, subjectsOver(set, one).map(keyOf)]));
      const holds = await tx
        .selectFrom('legal_holds')
        .select(['kind', 'subject'])
        .distinct()
        .where('tenant_id', '=', tenant)
        .where('lifted_at', 'is', null)
        .where(sql<boolean>`kind || ':' || subject = any(${[...new Set([...keysOver.values()].flat())]}::text[])`)
        .execute();
      const held = new Set(holds.map(({ kind, subject }) => `${kind}:${subject}`));
      return new Set(resources.filter((one) => keysOver.get(one)?.some((key) => held.has(key))));
    });
  }
}

const keyOf = (subject: HeldSubject) => `${subject.kind}:${idOfSubject(subject)}`;

/** Older than the last row of the page before, to the millisecond that its token tells. */
function isAfter(token: string): RawBuilder<boolean> {
  const [placedAtMs, holdId] = readMillisecondToken(token);
  const at = sql`to_timestamp(${placedAtMs} / 1000.0)`;
  return sql<boolean>`(date_trunc('milliseconds', placed_at) < ${at}
    or (date_trunc('milliseconds', placed_at) = ${at} and hold_id > ${holdId}))`;
}

async function requireSet(tx: Transaction<SchedulerSchema>, tenant: TenantId, set: BackupSetId): Promise<void> {
  const row = await tx
    .selectFrom('backup_sets')
    .select('backup_set_id')
    .where('tenant_id', '=', tenant)
    .where('backup_set_id', '=', set)
    .executeTakeFirst();
  if (!row) throw new AppError('NOT_FOUND', `There is no backup set ${set}.`, { context: { backupSetId: set } });
}

function rowOf(tx: Transaction<SchedulerSchema>, tenant: TenantId, holdId: LegalHoldId) {
  return tx
    .selectFrom('legal_holds')
    .selectAll()
    .where('tenant_id', '=', tenant)
    .where('hold_id', '=', holdId)
    .executeTakeFirst();
}

function holdFrom(row: Selectable<LegalHoldRow>): LegalHold {
  return {
    tenantId: parseTenantId(row.tenant_id),
    holdId: parseLegalHoldId(row.hold_id),
    subject: subjectFrom(row),
    reason: row.reason,
    placedBy: row.placed_by,
    placedAtMs: row.placed_at.getTime(),
    ...(row.lifted_by !== null && row.lifted_at && { lifted: { by: row.lifted_by, atMs: row.lifted_at.getTime() } }),
  };
}

function subjectFrom({ kind, subject }: Selectable<LegalHoldRow>): HeldSubject {
  switch (kind) {
    case 'set':
      return { kind, backupSetId: parseBackupSetId(subject) };
    case 'account':
      return { kind, accountId: subject };
    case 'resource':
      return { kind, resourceId: parseResourceId(subject) };
  }
}

import {
  AppError,
  parseBackupSetId,
  parseTenantId,
  parseVaultId,
  type BackupSetId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Selectable, Transaction } from 'kysely';
import {
  BackupSets,
  type BackupSet,
  type BackupSetChange,
  type BackupSetSettings,
} from '../../app/backup-sets.port.js';
import type { SourceSelection } from '../../domain/selection.js';
import { noteDue, type NewlyDue } from './note-due.js';
import type { BackupSetRow, SchedulerSchema, StoredSelection, SchedulerSweep } from './schema.js';

type Tx = Transaction<SchedulerSchema>;

@Injectable()
export class PostgresBackupSets extends BackupSets {
  constructor(private readonly database: Database<SchedulerSchema, SchedulerSweep>) {
    super();
  }

  override create(tenant: TenantId, settings: BackupSetSettings & { readonly vaultId: VaultId }): Promise<BackupSet> {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await tx
        .insertInto('backup_sets')
        .values({ tenant_id: tenant, backup_set_id: randomUUID(), vault_id: settings.vaultId, ...columnsOf(settings) })
        .returningAll()
        .executeTakeFirstOrThrow();
      await noteDue(tx, noteOf(row));
      return setFrom(row);
    });
  }

  override get(tenant: TenantId, set: BackupSetId): Promise<BackupSet> {
    return this.database.inTenant(tenant, async (tx) => this.#withLastJob(tx, await this.#row(tx, tenant, set)));
  }

  override list(tenant: TenantId): Promise<readonly BackupSet[]> {
    return this.database.inTenant(tenant, async (tx) => {
      const rows = await tx
        .selectFrom('backup_sets')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .orderBy('created_at')
        .execute();
      const sets: BackupSet[] = [];
      for (const row of rows) sets.push(await this.#withLastJob(tx, row));
      return sets;
    });
  }

  override update(tenant: TenantId, set: BackupSetId, version: number, change: BackupSetChange): Promise<BackupSet> {
    return this.database.inTenant(tenant, async (tx) => {
      await this.#row(tx, tenant, set);
      const row = await tx
        .updateTable('backup_sets')
        .set({
          ...columnsOf(change),
          ...(change.retentionRuns === 'on-request' && { retention_after: null }),
          version: version + 1,
        })
        .where('tenant_id', '=', tenant)
        .where('backup_set_id', '=', set)
        .where('version', '=', version)
        .returningAll()
        .executeTakeFirst();
      if (row) {
        await noteDue(tx, noteOf(row));
        return this.#withLastJob(tx, row);
      }
      throw new AppError(
        'CONFLICT',
        'The backup set was changed since you read it. Read it again and repeat your change.',
        {
          context: { backupSetId: set, version },
        },
      );
    });
  }

  override delete(tenant: TenantId, set: BackupSetId): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      // A job that is being opened keeps the set's row: it is waited for, and then seen to run.
      const row = await this.#row(tx, tenant, set, 'to delete');
      const running = await tx
        .selectFrom('jobs')
        .select('job_id')
        .where('backup_set_id', '=', set)
        .where('state', 'in', ['running', 'stopping'])
        .executeTakeFirst();
      if (running)
        throw new AppError(
          'FAILED_PRECONDITION',
          'A job of this backup set is running. Stop it, then delete the set.',
          {
            context: { backupSetId: set, jobId: running.job_id },
          },
        );
      await requireNoHold(tx, tenant, set);
      await tx.deleteFrom('backup_sets').where('tenant_id', '=', tenant).where('backup_set_id', '=', set).execute();
      await noteDue(tx, { ...noteOf(row), deletedVersion: row.version + 1 });
    });
  }

  async #row(tx: Tx, tenant: TenantId, set: BackupSetId, why?: 'to delete'): Promise<Selectable<BackupSetRow>> {
    const row = await tx
      .selectFrom('backup_sets')
      .selectAll()
      .where('tenant_id', '=', tenant)
      .where('backup_set_id', '=', set)
      .$if(why === 'to delete', (query) => query.forUpdate())
      .executeTakeFirst();
    if (!row) throw new AppError('NOT_FOUND', `There is no backup set ${set}.`, { context: { backupSetId: set } });
    return row;
  }

  async #withLastJob(tx: Tx, row: Selectable<BackupSetRow>): Promise<BackupSet> {
    const job = await tx
      .selectFrom('jobs')
      .select(['state', 'started_at'])
      .where('backup_set_id', '=', row.backup_set_id)
      .where('kind', '=', 'backup')
      .orderBy('started_at', 'desc')
      .limit(1)
      .executeTakeFirst();
    const set = setFrom(row);
    return job ? { ...set, lastJob: { state: job.state, startedAtMs: job.started_at.getTime() } } : set;
  }
}

async function requireNoHold(tx: Tx, tenant: TenantId, set: BackupSetId): Promise<void> {
  const hold = await tx
    .selectFrom('legal_holds')
    .select('hold_id')
    .where('tenant_id', '=', tenant)
    .where('kind', '=', 'set')
    .where('subject', '=', set)
    .where('lifted_at', 'is', null)
    .executeTakeFirst();
  if (!hold) return;
  const message = `Legal hold ${hold.hold_id} is on this backup set, so it stays. Have the hold lifted, then delete the set.`;
  throw new AppError('FAILED_PRECONDITION', message, { context: { backupSetId: set, holdId: hold.hold_id } });
}

function noteOf(row: Selectable<BackupSetRow>): NewlyDue {
  return { tenantId: row.tenant_id, vaultId: row.vault_id, kind: 'set', id: row.backup_set_id };
}

function columnsOf({ displayName, source, timeZone, retention, retentionRuns }: BackupSetChange) {
  const stored: StoredSelection = { ...source, accountIds: [...source.accountIds] };
  return {
    display_name: displayName,
    source: JSON.stringify(stored),
    time_zone: timeZone,
    retention: JSON.stringify(retention),
    ...(retentionRuns && { retention_runs: retentionRuns }),
  };
}

function setFrom(row: Selectable<BackupSetRow>): BackupSet {
  const source: SourceSelection = { ...row.source, accountIds: new Set(row.source.accountIds) };
  return {
    tenantId: parseTenantId(row.tenant_id),
    backupSetId: parseBackupSetId(row.backup_set_id),
    displayName: row.display_name,
    source,
    vaultId: parseVaultId(row.vault_id),
    timeZone: row.time_zone,
    retention: row.retention,
    retentionRuns: row.retention_runs,
    version: row.version,
    createdAtMs: row.created_at.getTime(),
  };
}

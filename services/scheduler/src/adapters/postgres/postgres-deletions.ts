import {
  AppError,
  parseBackupSetId,
  parseDeletionId,
  parseJobId,
  parseTenantId,
  parseVaultId,
  type BackupSetId,
  type DeletionId,
  type JobId,
  type ResourceId,
  type TenantId,
} from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql, type Selectable, type Transaction, type UpdateObject } from 'kysely';
import {
  Deletions,
  type Deletion,
  type NewDeletion,
  type SnapshotRemoval,
  type UnfreedDeletion,
} from '../../app/deletions.port.js';
import type { Page, PageRequest } from '../../app/jobs.port.js';
import { decideApproval, readSubjectOf, WELL_ENDED, type DeletionSubject } from '../../domain/deletion.js';
import { idOfSubject, subjectsOver } from '../../domain/held-subject.js';
import { freeingOf, readDeletion, removedBy } from './deletion-rows.js';
import { pageOf, readMillisecondToken } from './paging.js';
import { hasBeenRead } from './read-by-backups.js';
import type { DeletionRow, SchedulerSchema, SchedulerSweep } from './schema.js';
import { tellSetsOf } from './standing-on-set.js';

type Tx = Transaction<SchedulerSchema>;

@Injectable()
export class PostgresDeletions extends Deletions {
  constructor(private readonly database: Database<SchedulerSchema, SchedulerSweep>) {
    super();
  }

  override request(tenant: TenantId, { backupSetId, subject, reason, requestedBy }: NewDeletion): Promise<Deletion> {
    return this.database.inTenant(tenant, async (tx) => {
      const set = await tx
        .selectFrom('backup_sets')
        .select('vault_id')
        .where('tenant_id', '=', tenant)
        .where('backup_set_id', '=', backupSetId)
        .executeTakeFirst();
      if (!set) throw new AppError('NOT_FOUND', `There is no backup set ${backupSetId}.`, { context: { backupSetId } });
      const row = await tx
        .insertInto('deletions')
        .values({
          ...{ tenant_id: tenant, backup_set_id: backupSetId, vault_id: set.vault_id },
          ...{ kind: subject.kind, subject: idOfSubject(readSubjectOf(subject)), reason, requested_by: requestedBy },
          ...(subject.kind === 'items' && { item_ids: [...subject.itemIds] }),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return readDeletion(tx, row);
    });
  }

  override hasBeenRead(tenant: TenantId, set: BackupSetId, subject: DeletionSubject): Promise<boolean> {
    return this.database.inTenant(tenant, (tx) => hasBeenRead(tx, tenant, { subject: readSubjectOf(subject), set }));
  }

  override get(tenant: TenantId, deletion: DeletionId): Promise<Deletion> {
    return this.database.inTenant(tenant, async (tx) => readDeletion(tx, await lockedRow(tx, tenant, deletion)));
  }

  override list(tenant: TenantId, { size, from }: PageRequest): Promise<Page<Deletion>> {
    return this.database.inTenant(tenant, async (tx) => {
      const millisecond = sql<Date>`date_trunc('milliseconds', requested_at)`;
      let query = tx.selectFrom('deletions').selectAll().where('tenant_id', '=', tenant);
      if (from) {
        const [atMs, id] = readMillisecondToken(from);
        const at = sql`to_timestamp(${atMs} / 1000.0)`;
        query = query.where(
          sql<boolean>`(${millisecond} < ${at} or (${millisecond} = ${at} and deletion_id::text > ${id}))`,
        );
      }
      const rows = await query
        .orderBy(millisecond, 'desc')
        .orderBy(sql`deletion_id::text`)
        .limit(size + 1)
        .execute();
      const deletions: Deletion[] = [];
      for (const row of rows) deletions.push(await readDeletion(tx, row));
      return pageOf(deletions, size, ({ requestedAtMs, deletionId }) => [requestedAtMs, deletionId]);
    });
  }

  override approve(tenant: TenantId, id: DeletionId, by: string): Promise<Deletion> {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await lockedRow(tx, tenant, id);
      const { approvals, withdrawn } = await readDeletion(tx, row);
      const decision = decideApproval({ approvals, isWithdrawn: withdrawn !== undefined }, by);
      if (decision === 'again')
        throw refused(id, 'You have approved it already. The other approval has to come from somebody else.');
      if (decision === 'too-late') throw refused(id, 'It was approved or withdrawn already.');
      await tx
        .insertInto('deletion_approvals')
        .values({ tenant_id: tenant, deletion_id: id, approved_by: by })
        .execute();
      if (decision !== 'last') return readDeletion(tx, row);
      await tellSetsOf(tx, tenant, { kind: 'set', backupSetId: parseBackupSetId(row.backup_set_id) });
      return this.#change(tx, row, { approved_at: sql<Date>`now()` });
    });
  }

  override withdraw(tenant: TenantId, id: DeletionId, by: string): Promise<Deletion> {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await lockedRow(tx, tenant, id);
      if (row.withdrawn_at) return readDeletion(tx, row);
      if (row.approved_at) throw refused(id, 'It has both approvals and can be withdrawn no more.');
      return this.#change(tx, row, { withdrawn_by: by, withdrawn_at: sql<Date>`now()` });
    });
  }

  override async setJob(tenant: TenantId, id: DeletionId, job: JobId): Promise<void> {
    await this.database.inTenant(tenant, async (tx) =>
      this.#change(tx, await lockedRow(tx, tenant, id), { job_id: job }),
    );
  }

  override running(tenant: TenantId, set: BackupSetId, kind: 'backup' | 'rewriting'): Promise<JobId | undefined> {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await tx
        .selectFrom('jobs')
        .select('job_id')
        .where('tenant_id', '=', tenant)
        .where('backup_set_id', '=', set)
        .where('kind', '=', kind)
        .where('state', 'in', ['running', 'stopping'])
        .executeTakeFirst();
      return row && parseJobId(row.job_id);
    });
  }

  override excludedAmong(
    tenant: TenantId,
    set: BackupSetId,
    resources: readonly ResourceId[],
  ): Promise<ReadonlySet<ResourceId>> {
    return this.database.inTenant(tenant, async (tx) => {
      const rows = await tx
        .selectFrom('deletions')
        .select(['kind', 'subject'])
        .where('tenant_id', '=', tenant)
        .where('backup_set_id', '=', set)
        .where('approved_at', 'is not', null)
        .execute();
      const excluded = new Set(rows.map(({ kind, subject }) => `${kind}:${subject}`));
      return new Set(
        resources.filter((one) =>
          subjectsOver(set, one).some((subject) => excluded.has(`${subject.kind}:${idOfSubject(subject)}`)),
        ),
      );
    });
  }

  override excludedItems(tenant: TenantId, set: BackupSetId, resource: ResourceId): Promise<readonly string[]> {
    return this.database.inTenant(tenant, async (tx) => {
      const rows = await tx
        .selectFrom('deletions')
        .select('item_ids')
        .where('tenant_id', '=', tenant)
        .where('backup_set_id', '=', set)
        .where('kind', '=', 'items')
        .where('subject', '=', resource)
        .where('approved_at', 'is not', null)
        .execute();
      return [...new Set(rows.flatMap(({ item_ids }) => item_ids))];
    });
  }

  override async noteRemovals(
    tenant: TenantId,
    id: DeletionId,
    resource: ResourceId,
    snapshots: readonly SnapshotRemoval[],
  ): Promise<void> {
    await this.database.inTenant(tenant, async (tx) => {
      await lockedRow(tx, tenant, id);
      if (snapshots.length === 0) return;
      await tx
        .insertInto('deletion_removals')
        .values(
          snapshots.map(({ snapshotId, number, jobStartedAtMs }) => ({
            ...{ tenant_id: tenant, deletion_id: id, snapshot_id: snapshotId, resource_id: resource, number },
            job_started_at: new Date(jobStartedAtMs),
          })),
        )
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    });
  }

  override unfreed(after: DeletionId | undefined, size: number): Promise<readonly UnfreedDeletion[]> {
    return this.database.acrossTenants('removed-deletions', async (tx) => {
      const rows = await tx
        .selectFrom('deletions as d')
        .leftJoin('backup_sets as s', 's.backup_set_id', 'd.backup_set_id')
        .leftJoin('jobs as j', 'j.job_id', 'd.job_id')
        .select([
          'd.tenant_id',
          'd.deletion_id',
          'd.backup_set_id',
          'd.vault_id',
          'd.job_id',
          'd.removed_at',
          'd.freeing_job_id',
        ])
        .select(['j.finished_at', 's.time_zone'])
        .where('d.approved_at', 'is not', null)
        .where('d.is_freed', '=', false)
        .where((row) => row.or([row('d.removed_at', 'is not', null), row('j.state', 'in', [...WELL_ENDED])]))
        .$if(after !== undefined, (query) => query.where('d.deletion_id', '>', after ?? ''))
        .orderBy('d.deletion_id')
        .limit(size)
        .execute();
      const unfreed: UnfreedDeletion[] = [];
      for (const row of rows)
        unfreed.push({
          tenantId: parseTenantId(row.tenant_id),
          deletionId: parseDeletionId(row.deletion_id),
          backupSetId: parseBackupSetId(row.backup_set_id),
          vaultId: parseVaultId(row.vault_id),
          timeZone: row.time_zone ?? 'UTC',
          ...(row.job_id !== null && { jobId: parseJobId(row.job_id) }),
          removedAtMs: (row.removed_at ?? row.finished_at)?.getTime() ?? 0,
          isNoted: row.removed_at !== null,
          ...(await freeingOf(tx, row)),
        });
      return unfreed;
    });
  }

  override async noteRemoved(tenant: TenantId, id: DeletionId): Promise<void> {
    await this.database.inTenant(tenant, async (tx) => {
      const row = await lockedRow(tx, tenant, id);
      if (row.removed_at) return;
      const { removedAtMs } = await readDeletion(tx, row);
      if (removedAtMs === undefined) return;
      await this.#change(tx, row, {
        removed_at: new Date(removedAtMs),
        removed: JSON.stringify(await removedBy(tx, row)),
      });
      await tellSetsOf(tx, tenant, { kind: 'set', backupSetId: parseBackupSetId(row.backup_set_id) });
    });
  }

  override async setFreeing(tenant: TenantId, deletions: readonly DeletionId[], job: JobId): Promise<void> {
    await this.#mark(tenant, deletions, { freeing_job_id: job });
  }

  override async noteFreed(tenant: TenantId, id: DeletionId): Promise<void> {
    await this.#mark(tenant, [id], { is_freed: true });
  }

  async #mark(
    tenant: TenantId,
    deletions: readonly DeletionId[],
    mark: UpdateObject<SchedulerSchema, 'deletions'>,
  ): Promise<void> {
    await this.database.inTenant(tenant, (tx) =>
      tx
        .updateTable('deletions')
        .set(mark)
        .where('tenant_id', '=', tenant)
        .where('deletion_id', 'in', deletions)
        .execute(),
    );
  }

  async #change(
    tx: Tx,
    { tenant_id, deletion_id }: Selectable<DeletionRow>,
    change: UpdateObject<SchedulerSchema, 'deletions'>,
  ): Promise<Deletion> {
    const row = await tx
      .updateTable('deletions')
      .set(change)
      .where('tenant_id', '=', tenant_id)
      .where('deletion_id', '=', deletion_id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return readDeletion(tx, row);
  }
}

/** Locked, so that two approvals at once count one after the other. */
async function lockedRow(tx: Tx, tenant: TenantId, deletionId: DeletionId): Promise<Selectable<DeletionRow>> {
  const row = await tx
    .selectFrom('deletions')
    .selectAll()
    .where('tenant_id', '=', tenant)
    .where('deletion_id', '=', deletionId)
    .forUpdate()
    .executeTakeFirst();
  if (row) return row;
  throw new AppError('NOT_FOUND', `There is no deletion request ${deletionId}.`, { context: { deletionId } });
}

function refused(deletionId: DeletionId, why: string): AppError {
  return new AppError('FAILED_PRECONDITION', `Deletion ${deletionId} is not changed. ${why}`, {
    context: { deletionId },
  });
}

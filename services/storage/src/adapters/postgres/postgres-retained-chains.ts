import {
  AppError,
  parseJobId,
  parseResourceId,
  parseSnapshotId,
  type BackupSetId,
  type JobId,
  type ResourceId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import type { RetainedSnapshot } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import {
  type ReplacedSnapshots,
  RetainedChains,
  type SaidVerdict,
  type VerdictPage,
} from '../../app/retained-chains.port.js';
import type { ChainName } from '../../app/snapshots.port.js';
import { fromHex } from './from-hex.js';
import { noteErasure } from './postgres-erasures.js';
import { replaceInChain } from './replace-in-chain.js';
import type { StorageSchema, StorageSweep, Tx } from './schema.js';
import { shareVault } from './vault-lock.js';

/** Verdicts written by one statement. */
const ROWS_AT_ONCE = 1_000;

@Injectable()
export class PostgresRetainedChains extends RetainedChains {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override async resources(
    tenant: TenantId,
    vault: VaultId,
    set: BackupSetId,
    { after, size }: { readonly after: string; readonly size: number },
  ): Promise<readonly ResourceId[]> {
    const rows = await this.database.inTenant(tenant, (tx) =>
      retained(tx, tenant, vault, set)
        .select('resource_id')
        .distinct()
        .where('resource_id', '>', after)
        .orderBy('resource_id')
        .limit(size)
        .execute(),
    );
    return rows.map(({ resource_id }) => parseResourceId(resource_id));
  }

  override async snapshots(
    tenant: TenantId,
    vault: VaultId,
    { backupSetId, resourceId }: ChainName,
  ): Promise<readonly (RetainedSnapshot & { readonly number: number })[]> {
    const rows = await this.database.inTenant(tenant, (tx) =>
      retained(tx, tenant, vault, backupSetId)
        .select(['snapshot_id', 'job_started_at', 'number'])
        .select(
          sql<Date | null>`(
          select max(p.locked_until) from objects o join object_places p on p.object_no = o.object_no
          where o.vault_id = snapshots.vault_id and o.name = snapshots.object_name)`.as('locked_until'),
        )
        .where('resource_id', '=', resourceId)
        .orderBy('generation')
        .orderBy('number')
        .execute(),
    );
    return rows.map(({ snapshot_id, job_started_at, number, locked_until }) => ({
      snapshot: parseSnapshotId(snapshot_id.toString('hex')),
      number,
      jobStartedAt: job_started_at.getTime(),
      ...(locked_until && { lockedUntil: locked_until.getTime() }),
    }));
  }

  override async save(
    tenant: TenantId,
    vault: VaultId,
    { backupSetId, resourceId }: ChainName,
    said: {
      readonly jobId: JobId;
      readonly verdicts: readonly SaidVerdict[];
      readonly retire: boolean;
      readonly erase?: boolean;
    },
  ): Promise<void> {
    const { jobId, verdicts, retire, erase = false } = said;
    const key = { tenant_id: tenant, vault_id: vault, backup_set_id: backupSetId };
    await this.database.inTenant(tenant, async (tx) => {
      await shareVault(tx, vault);
      await tx
        .deleteFrom('retention_verdicts')
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('backup_set_id', '=', backupSetId)
        .where('resource_id', '=', resourceId)
        .where(isNotGone)
        .execute();
      for (let at = 0; at < verdicts.length; at += ROWS_AT_ONCE)
        await tx
          .insertInto('retention_verdicts')
          .values(
            verdicts.slice(at, at + ROWS_AT_ONCE).map(({ snapshot, stays, explanation, isOnlyLocked = false }) => ({
              ...key,
              snapshot_id: fromHex(snapshot),
              resource_id: resourceId,
              job_id: jobId,
              stays,
              explanation,
              is_only_locked: isOnlyLocked,
            })),
          )
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      if (!retire) return;
      await sql`
        update snapshots s set retired_at = clock_timestamp() from retention_verdicts v
        where v.tenant_id = ${tenant} and v.vault_id = ${vault} and v.backup_set_id = ${backupSetId}
          and v.resource_id = ${resourceId} and not v.stays
          and s.tenant_id = v.tenant_id and s.vault_id = v.vault_id and s.snapshot_id = v.snapshot_id
          and s.retired_at is null`.execute(tx);
      if (erase && verdicts.length > 0) await noteErasure(tx, tenant, vault);
    });
  }

  override replace(tenant: TenantId, vault: VaultId, chain: ChainName, replaced: ReplacedSnapshots): Promise<boolean> {
    return this.database.inTenant(tenant, (tx) => replaceInChain(tx, tenant, vault, { ...chain, ...replaced }));
  }

  override async forgetOlder(tenant: TenantId, vault: VaultId, set: BackupSetId, job: JobId): Promise<void> {
    await this.database.inTenant(tenant, (tx) =>
      tx
        .deleteFrom('retention_verdicts')
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('backup_set_id', '=', set)
        .where('job_id', '!=', job)
        .where(isNotGone)
        .execute(),
    );
  }

  override async verdicts(
    tenant: TenantId,
    vault: VaultId,
    set: BackupSetId,
    { size, token }: { readonly size: number; readonly token: string },
  ): Promise<VerdictPage> {
    const after = placeIn(token);
    const rows = await this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('retention_verdicts as v')
        .innerJoin('snapshots as s', (join) =>
          join.onRef('s.vault_id', '=', 'v.vault_id').onRef('s.snapshot_id', '=', 'v.snapshot_id'),
        )
        .select(['v.snapshot_id', 'v.resource_id', 'v.job_id', 'v.stays', 'v.explanation'])
        .select(['s.generation', 's.number', 's.job_started_at', 's.retired_at'])
        .where('v.tenant_id', '=', tenant)
        .where('v.vault_id', '=', vault)
        .where('v.backup_set_id', '=', set)
        .$if(after !== undefined, (query) =>
          query.where(
            sql<boolean>`(v.resource_id, s.generation, s.number) > (${after?.resource}, ${after?.generation}, ${after?.number})`,
          ),
        )
        .orderBy('v.resource_id')
        .orderBy('s.generation')
        .orderBy('s.number')
        .limit(size + 1)
        .execute(),
    );
    const shown = rows.slice(0, size);
    const last = shown.at(-1);
    const verdicts = shown.map((row) => ({
      snapshotId: parseSnapshotId(row.snapshot_id.toString('hex')),
      resourceId: parseResourceId(row.resource_id),
      number: row.number,
      jobStartedAt: row.job_started_at.getTime(),
      stays: row.stays,
      explanation: row.explanation,
      jobId: parseJobId(row.job_id),
      ...(row.retired_at && { wentAt: row.retired_at.getTime() }),
    }));
    if (rows.length <= size || !last) return { verdicts };
    return { verdicts, next: `${last.generation}.${last.number}.${last.resource_id}` };
  }
}

/** A verdict on a snapshot that nothing has let go. */
const isNotGone = sql<boolean>`not exists (
  select from snapshots s where s.vault_id = retention_verdicts.vault_id and s.snapshot_id = retention_verdicts.snapshot_id
    and s.retired_at is not null)`;

/** A set's visible snapshots that retention has not let go. */
const retained = (tx: Tx, tenant: TenantId, vault: VaultId, set: BackupSetId) =>
  tx
    .selectFrom('snapshots')
    .where('tenant_id', '=', tenant)
    .where('vault_id', '=', vault)
    .where('backup_set_id', '=', set)
    .where('committed_at', 'is not', null)
    .where('retired_at', 'is', null);

/** Where a page of verdicts begins; undefined for the first. */
function placeIn(token: string) {
  if (token === '') return undefined;
  const [, generation, number, resource] = /^(\d{1,10})\.(\d{1,15})\.([a-z]+\.[A-Za-z0-9_-]{1,128})$/.exec(token) ?? [];
  if (resource !== undefined) return { generation: Number(generation), number: Number(number), resource };
  throw new AppError(
    'INVALID_ARGUMENT',
    'pageToken has to be one that the previous page gave. Start again without it.',
    {
      context: { field: 'pageToken', rule: 'given by the previous page' },
    },
  );
}

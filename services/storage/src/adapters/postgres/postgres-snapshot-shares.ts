import {
  AppError,
  parseResourceId,
  parseSnapshotId,
  type BackupSetId,
  type JobId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import {
  type NeededBytes,
  type ShownSnapshotShare,
  type SnapshotShare,
  SnapshotShares,
} from '../../app/snapshot-shares.port.js';
import type { StorageSchema, StorageSweep } from './schema.js';
import { lockVault } from './vault-lock.js';

const ROWS_AT_ONCE = 10_000;

interface Row {
  readonly stored_no: number;
  readonly bytes: number;
  readonly snapshot_id: Buffer;
  readonly resource_id: string;
  readonly number: number;
  readonly job_started_at: Date;
}

@Injectable()
export class PostgresSnapshotShares extends SnapshotShares {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override async save(tenant: TenantId, vault: VaultId, job: JobId, shares: readonly SnapshotShare[]): Promise<void> {
    await this.database.inTenant(tenant, async (tx) => {
      await lockVault(tx, vault);
      const { rows: newest } = await sql`
        select from freeing_shares where tenant_id = ${tenant} and vault_id = ${vault} and job_id = ${job}::uuid limit 1`.execute(
        tx,
      );
      if (newest.length === 0) return;
      for (let from = 0; from < shares.length; from += ROWS_AT_ONCE) {
        const some = shares.slice(from, from + ROWS_AT_ONCE);
        await sql`
          insert into freeing_snapshots (tenant_id, vault_id, stored_no, bytes)
          select ${tenant}::uuid, ${vault}::uuid, share.*
          from unnest(${some.map(({ storedNo }) => storedNo)}::bigint[], ${some.map(({ bytes }) => bytes)}::bigint[]) as share
          on conflict (vault_id, stored_no) do update set bytes = excluded.bytes`.execute(tx);
      }
    });
  }

  override async needed(tenant: TenantId, vault: VaultId): Promise<NeededBytes | undefined> {
    const { rows } = await this.database.inTenant(tenant, (tx) =>
      sql<{ snapshots: number; by_one: number; needed: number }>`
        select count(*) as snapshots, coalesce(sum(bytes), 0)::bigint as by_one, (
          select coalesce(sum(needed_bytes), 0)::bigint from freeing_shares where tenant_id = ${tenant} and vault_id = ${vault}
        ) as needed
        from freeing_snapshots where tenant_id = ${tenant} and vault_id = ${vault}`.execute(tx),
    );
    const [sums] = rows;
    if (!sums || sums.snapshots === 0) return undefined;
    return { byOne: sums.by_one, bySeveral: sums.needed - sums.by_one };
  }

  override async page(
    tenant: TenantId,
    vault: VaultId,
    backupSetId: BackupSetId,
    { size, token }: { readonly size: number; readonly token: string },
  ): Promise<{ readonly shares: readonly ShownSnapshotShare[]; readonly next?: string }> {
    const after = readToken(token);
    const isNext = after
      ? sql`(f.bytes < ${after.bytes}::bigint or (f.bytes = ${after.bytes}::bigint and f.stored_no > ${after.storedNo}::bigint))`
      : sql`true`;
    const { rows } = await this.database.inTenant(tenant, (tx) =>
      sql<Row>`
        select f.stored_no, f.bytes, s.snapshot_id, s.resource_id, s.number, s.job_started_at
        from freeing_snapshots f join snapshots s on s.vault_id = f.vault_id and s.stored_no = f.stored_no
        where f.tenant_id = ${tenant} and f.vault_id = ${vault} and s.backup_set_id = ${backupSetId}::uuid and ${isNext}
        order by f.bytes desc, f.stored_no limit ${size + 1}`.execute(tx),
    );
    const shares = rows.slice(0, size).map(shareFrom);
    const last = shares.at(-1);
    return rows.length > size && last ? { shares, next: writeToken(last) } : { shares };
  }
}

function shareFrom(row: Row): ShownSnapshotShare {
  return {
    storedNo: row.stored_no,
    bytes: row.bytes,
    snapshotId: parseSnapshotId(row.snapshot_id.toString('hex')),
    resourceId: parseResourceId(row.resource_id),
    number: row.number,
    jobStartedAt: row.job_started_at.getTime(),
  };
}

const writeToken = ({ bytes, storedNo }: SnapshotShare) => Buffer.from(`${bytes} ${storedNo}`).toString('base64url');

/** INVALID_ARGUMENT for a token that no page gave; undefined for the first page's empty one. */
function readToken(token: string): SnapshotShare | undefined {
  if (token === '') return undefined;
  const [, bytes, storedNo] = /^(\d{1,15}) (\d{1,15})$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (bytes !== undefined && storedNo !== undefined) return { bytes: Number(bytes), storedNo: Number(storedNo) };
  throw new AppError(
    'INVALID_ARGUMENT',
    'pageToken has to be one that the previous page gave. Start again without it.',
    {
      context: { field: 'pageToken', rule: 'given by the previous page' },
    },
  );
}

import {
  AppError,
  parseDestinationId,
  type DestinationId,
  type PackName,
  type SnapshotId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import type { Commit, CommitDecision } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import {
  type ChainName,
  Snapshots,
  type SnapshotFilter,
  type SnapshotPage,
  type SnapshotToStore,
  type StoredSnapshot,
} from '../../app/snapshots.port.js';
import { decideInChain } from './decide-in-chain.js';
import { destinationsOfAll, type PacksOfTask } from './destinations-of-all.js';
import { fromHex } from './from-hex.js';
import { giveUpHead } from './give-up-head.js';
import { readPageToken, writePageToken } from './page-token.js';
import { recordPlace } from './record-place.js';
import type { StorageSchema, StorageSweep, Tx } from './schema.js';
import { INFO_COLUMNS, infoFrom, storedFrom } from './snapshot-rows.js';
import { shareVault } from './vault-lock.js';

/** A reader is noted again after so long, at most. */
const NOTED_AGAIN_MS = 60_000;

@Injectable()
export class PostgresSnapshots extends Snapshots {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override decide(tenant: TenantId, commit: Commit, snapshot: SnapshotToStore): Promise<CommitDecision> {
    return this.database.inTenant(tenant, (tx) => decideInChain(tx, commit, snapshot));
  }

  override stored(tenant: TenantId, vault: VaultId, snapshot: SnapshotId): Promise<StoredSnapshot | undefined> {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await tx
        .selectFrom('snapshots')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('snapshot_id', '=', fromHex(snapshot))
        .executeTakeFirst();
      return row && storedFrom(row);
    });
  }

  override openToRead(
    tenant: TenantId,
    vault: VaultId,
    snapshot: SnapshotId,
    keptForMs: number,
  ): Promise<StoredSnapshot | undefined> {
    // Many open it at the same time: it is not noted each time.
    const againMs = Math.min(NOTED_AGAIN_MS, keptForMs / 8);
    return this.database.inTenant(tenant, async (tx) => {
      await shareVault(tx, vault);
      const row = await tx
        .selectFrom('snapshots')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('snapshot_id', '=', fromHex(snapshot))
        .where('committed_at', 'is not', null)
        .where('let_go_at', 'is', null)
        .executeTakeFirst();
      if (!row) return undefined;
      await tx
        .updateTable('snapshots')
        .set({ read_at: sql<Date>`clock_timestamp()` })
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('snapshot_id', '=', fromHex(snapshot))
        .where(sql<boolean>`(read_at is null or read_at < clock_timestamp() - ${againMs} * interval '1 millisecond')`)
        .execute();
      return storedFrom(row);
    });
  }

  override async markVisible(tenant: TenantId, snapshot: StoredSnapshot, destination: DestinationId): Promise<void> {
    const { vaultId: vault, snapshotId, epoch, objectName, sealed } = snapshot;
    await this.database.inTenant(tenant, async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable('snapshots')
        // Cut to milliseconds, which is what a page token can say.
        .set({ committed_at: sql<Date>`coalesce(committed_at, date_trunc('milliseconds', now()))` })
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('snapshot_id', '=', fromHex(snapshotId))
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw givenUp();
      const object = { name: objectName, bytes: sealed.byteLength, sha256: snapshotId };
      await recordPlace(tx, { tenant, vault, object, destination });
      // From here on the snapshot itself keeps what its task built on.
      await tx
        .deleteFrom('pack_pins')
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('epoch', '=', epoch)
        .execute();
      await tx
        .updateTable('affected_items')
        .set({ is_read: true })
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('backup_set_id', '=', snapshot.backupSetId)
        .where('resource_id', '=', snapshot.resourceId)
        .where('read_anew_epoch', '=', epoch)
        .execute();
    });
  }

  override async holdersOfAll(tenant: TenantId, vault: VaultId, packs: PacksOfTask): Promise<readonly DestinationId[]> {
    const holders = await this.database.inTenant(tenant, (tx) => destinationsOfAll(tx, tenant, vault, packs));
    return holders.map(parseDestinationId);
  }

  override giveUp(tenant: TenantId, head: StoredSnapshot, newPacks: readonly PackName[]): Promise<boolean> {
    return this.database.inTenant(tenant, (tx) => giveUpHead(tx, tenant, head, newPacks));
  }

  override head(
    tenant: TenantId,
    vault: VaultId,
    { backupSetId, resourceId }: ChainName,
  ): Promise<StoredSnapshot | undefined> {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await tx
        .selectFrom('snapshots')
        .innerJoin('chains', (join) =>
          join
            .onRef('chains.vault_id', '=', 'snapshots.vault_id')
            .onRef('chains.head_snapshot_id', '=', 'snapshots.snapshot_id'),
        )
        .selectAll('snapshots')
        .where('chains.tenant_id', '=', tenant)
        .where('chains.vault_id', '=', vault)
        .where('chains.backup_set_id', '=', backupSetId)
        .where('chains.resource_id', '=', resourceId)
        .executeTakeFirst();
      return row && storedFrom(row);
    });
  }

  override async list(
    tenant: TenantId,
    vault: VaultId,
    filter: SnapshotFilter,
    page: { readonly size: number; readonly token: string },
  ): Promise<SnapshotPage> {
    const after = readPageToken(page.token);
    return this.database.inTenant(tenant, async (tx) => {
      const rows = await visible(tx, tenant, vault, filter)
        .$if(after !== undefined, (query) =>
          query.where(sql<boolean>`(committed_at, snapshot_id) < (${after?.committedAt}, ${after?.snapshotId})`),
        )
        .orderBy('committed_at', 'desc')
        .orderBy('snapshot_id', 'desc')
        .limit(page.size + 1)
        .execute();
      const shown = rows.slice(0, page.size);
      const last = shown.at(-1);
      const snapshots = shown.map(infoFrom);
      if (rows.length <= page.size || !last?.committed_at) return { snapshots };
      return { snapshots, next: writePageToken({ committedAt: last.committed_at, snapshotId: last.snapshot_id }) };
    });
  }
}

function givenUp(): AppError {
  return new AppError(
    'COMMIT_REFUSED',
    'The snapshot was given up, because packs of it went with a destination. Lease the task again.',
    { context: { because: 'given-up' } },
  );
}

/** The visible snapshots that a filter lets through; `asOfMs` leaves one for each chain. */
function visible(tx: Tx, tenant: TenantId, vault: VaultId, { backupSetId, jobId, resourceId, asOfMs }: SnapshotFilter) {
  const matching = tx
    .selectFrom('snapshots')
    .select(INFO_COLUMNS)
    .where('tenant_id', '=', tenant)
    .where('vault_id', '=', vault)
    .where('committed_at', 'is not', null)
    .where('retired_at', 'is', null)
    .$if(backupSetId !== undefined, (query) => query.where('backup_set_id', '=', backupSetId ?? ''))
    .$if(jobId !== undefined, (query) => query.where('job_id', '=', jobId ?? ''))
    .$if(resourceId !== undefined, (query) => query.where('resource_id', '=', resourceId ?? ''));
  if (asOfMs === undefined) return tx.selectFrom(matching.as('found')).selectAll();
  const newest = matching
    .where('job_started_at', '<=', new Date(asOfMs))
    .distinctOn(['backup_set_id', 'resource_id'])
    .orderBy('backup_set_id')
    .orderBy('resource_id')
    .orderBy('generation', 'desc')
    // While a chain is made anew, copies of earlier ones have higher numbers.
    .orderBy('job_started_at', 'desc')
    .orderBy('number', 'desc');
  return tx.selectFrom(newest.as('found')).selectAll();
}

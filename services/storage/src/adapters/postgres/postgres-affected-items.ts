import {
  AppError,
  parseBackupSetId,
  parseChunkId,
  parseResourceId,
  parseSnapshotId,
  type ChunkId,
  type JobId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import type { Branch } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { sql, type Selectable } from 'kysely';
import { z } from 'zod';
import {
  AffectedItems,
  type AffectedChain,
  type AffectedItem,
  type AffectedState,
  type AffectedTally,
  type AffectedTask,
  type ReadAnew,
  type SnapshotPoint,
} from '../../app/affected-items.port.js';
import { fromHex } from './from-hex.js';
import type { AffectedItemRow, StorageSchema, StorageSweep } from './schema.js';

type Row = Selectable<AffectedItemRow>;

@Injectable()
export class PostgresAffectedItems extends AffectedItems {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override async begin(tenant: TenantId, vault: VaultId, job: JobId): Promise<void> {
    await this.database.inTenant(tenant, (tx) =>
      tx
        .deleteFrom('affected_items')
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('job_id', '=', job)
        .execute(),
    );
  }

  override async lost(
    tenant: TenantId,
    vault: VaultId,
    chunks: readonly ChunkId[],
  ): Promise<ReadonlyMap<ChunkId, Branch>> {
    const { rows } = await this.database.inTenant(tenant, (tx) =>
      sql<{ chunk_id: Buffer; branch: Branch }>`
        select wanted.chunk_id, coalesce(k.branch, 'data') as branch
        from unnest(${[...new Set(chunks)].map(fromHex)}::bytea[]) as wanted (chunk_id)
        left join chunks c on c.tenant_id = ${tenant} and c.vault_id = ${vault} and c.chunk_id = wanted.chunk_id
        left join packs k on k.pack_no = c.pack_no
        where k.pack_no is null or k.state = 'quarantined'`.execute(tx),
    );
    return new Map(rows.map(({ chunk_id, branch }) => [parseChunkId(chunk_id.toString('hex')), branch]));
  }

  override async note(
    tenant: TenantId,
    vault: VaultId,
    { jobId, backupSetId, resourceId }: AffectedChain,
    { snapshotId, number, jobStartedAt }: SnapshotPoint,
    states: readonly AffectedState[],
  ): Promise<void> {
    await this.database.inTenant(tenant, (tx) =>
      sql`
        insert into affected_items (
          tenant_id, vault_id, job_id, backup_set_id, resource_id, item_id, kind, since_snapshot_id, since_number, since_at)
        select ${tenant}::uuid, ${vault}::uuid, ${jobId}::uuid, ${backupSetId}::uuid, ${resourceId}, state.*,
          ${fromHex(snapshotId)}::bytea, ${number}::bigint, ${new Date(jobStartedAt)}::timestamptz
        from unnest(${states.map(({ itemId }) => itemId)}::text[], ${states.map(({ kind }) => kind)}::text[]) as state
        on conflict do nothing`.execute(tx),
    );
  }

  override async end(
    tenant: TenantId,
    vault: VaultId,
    { jobId, backupSetId, resourceId }: AffectedChain,
    items: readonly string[],
    { last, from }: { readonly last: SnapshotPoint; readonly from: SnapshotPoint },
  ): Promise<void> {
    await this.database.inTenant(tenant, (tx) =>
      sql`
        update affected_items set until_number = ${last.number}::bigint, until_at = ${new Date(last.jobStartedAt)}::timestamptz
        where tenant_id = ${tenant} and vault_id = ${vault} and job_id = ${jobId}::uuid
          and backup_set_id = ${backupSetId}::uuid and resource_id = ${resourceId} and item_id = any(${[...items]}::text[])
          and until_number is null and since_snapshot_id <> ${fromHex(from.snapshotId)}::bytea`.execute(tx),
    );
  }

  override tell(tenant: TenantId, vault: VaultId, job: JobId): Promise<AffectedTally> {
    return this.database.inTenant(tenant, async (tx) => {
      await sql`
        delete from affected_items
        where tenant_id = ${tenant} and vault_id = ${vault} and job_id <> ${job}::uuid`.execute(tx);
      await sql`
        update affected_items set is_told = true where tenant_id = ${tenant} and vault_id = ${vault}`.execute(tx);
      const { rows } = await sql<{ resources: number; items: number; items_due: number; resources_due: number }>`
        select count(distinct (backup_set_id, resource_id)) as resources, count(*) filter (where item_id <> '') as items,
          count(*) filter (where item_id <> '' and until_number is null) as items_due,
          count(*) filter (where item_id = '' and until_number is null) as resources_due
        from affected_items where tenant_id = ${tenant} and vault_id = ${vault}`.execute(tx);
      const [row] = rows;
      if (!row) throw new Error('a query that counts answers one row');
      return {
        resources: row.resources,
        items: row.items,
        itemsDue: row.items_due,
        resourcesDue: row.resources_due,
      };
    });
  }

  override async settle(tenant: TenantId, vault: VaultId): Promise<void> {
    await this.database.inTenant(tenant, (tx) =>
      sql`
        update findings f set state = 'mended', mended_at = now(), snapshots = '[]'
        from objects o join packs k on k.pack_no = o.object_no and k.state = 'quarantined'
        where f.tenant_id = ${tenant} and f.vault_id = ${vault} and f.state = 'quarantined'
          and o.vault_id = f.vault_id and o.name = f.object_name
          and not exists (select from chunks c where c.vault_id = k.vault_id and c.pack_no = k.pack_no)`.execute(tx),
    );
  }

  override readAnew(
    tenant: TenantId,
    vault: VaultId,
    task: AffectedTask,
    { size, after }: { readonly size: number; readonly after: string },
  ): Promise<ReadAnew> {
    const isOurs = isDueFor({ tenant, vault, ...task });
    return this.database.inTenant(tenant, async (tx) => {
      const { rows: listings } = await sql`
        select from affected_items where ${isOurs} and item_id = '' limit 1`.execute(tx);
      const { rows: items } = await sql<{ item_id: string }>`
        select distinct item_id from affected_items
        where ${isOurs} and item_id > ${after} order by item_id limit ${size}`.execute(tx);
      return { isAll: listings.length > 0, itemIds: items.map(({ item_id }) => item_id) };
    });
  }

  override async noteRead(
    tenant: TenantId,
    vault: VaultId,
    task: AffectedTask,
    read: readonly string[] | 'all',
  ): Promise<void> {
    const isRead = read === 'all' ? sql`true` : sql`item_id = any(${[...read]}::text[])`;
    await this.database.inTenant(tenant, (tx) =>
      sql`
        update affected_items set read_anew_epoch = ${task.epoch}::bigint
        where ${isDueFor({ tenant, vault, ...task })} and ${isRead}`.execute(tx),
    );
  }

  override async page(
    tenant: TenantId,
    vault: VaultId,
    { size, token }: { readonly size: number; readonly token: string },
  ): Promise<{ readonly items: readonly AffectedItem[]; readonly next?: string }> {
    const after = readToken(token);
    const isNext = after
      ? sql`(a.backup_set_id, a.resource_id, a.item_id, a.since_snapshot_id)
          > (${after.set}::uuid, ${after.resource}, ${after.item}, ${fromHex(after.since)}::bytea)`
      : sql`true`;
    const { rows } = await this.database.inTenant(tenant, (tx) =>
      sql<Row>`
        select a.* from affected_items a
        where a.tenant_id = ${tenant} and a.vault_id = ${vault} and a.is_told and ${isNext}
        order by a.backup_set_id, a.resource_id, a.item_id, a.since_snapshot_id limit ${size + 1}`.execute(tx),
    );
    const items = rows.slice(0, size).map(itemFrom);
    const last = items.at(-1);
    return rows.length > size && last ? { items, next: writeToken(last) } : { items };
  }
}

const token = z.strictObject({
  set: z.uuid(),
  resource: z.string(),
  item: z.string(),
  since: z.string().regex(/^[0-9a-f]{64}$/),
});

function writeToken({ backupSetId, resourceId, itemId, since }: AffectedItem): string {
  const last = { set: backupSetId, resource: resourceId, item: itemId, since: since.snapshotId };
  return Buffer.from(JSON.stringify(last)).toString('base64url');
}

/** INVALID_ARGUMENT for a token that no page gave; undefined for the first page's empty one. */
function readToken(text: string): z.output<typeof token> | undefined {
  if (text === '') return undefined;
  try {
    return token.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch (cause) {
    throw new AppError(
      'INVALID_ARGUMENT',
      'pageToken has to be one that the previous page gave. Start again without it.',
      { context: { field: 'pageToken', rule: 'given by the previous page' }, cause },
    );
  }
}

/** The newest snapshot has it so, and no committed task has read it anew, nor has this one said that it did. */
const isDueFor = (of: AffectedTask & { readonly tenant: TenantId; readonly vault: VaultId }) => sql`(
  tenant_id = ${of.tenant} and vault_id = ${of.vault} and is_told and until_number is null and not is_read
  and backup_set_id = ${of.backupSetId}::uuid and resource_id = ${of.resourceId}
  and read_anew_epoch is distinct from ${of.epoch}::bigint)`;

function itemFrom(row: Row): AffectedItem {
  const isPast = row.until_number !== null;
  return {
    backupSetId: parseBackupSetId(row.backup_set_id),
    resourceId: parseResourceId(row.resource_id),
    itemId: row.item_id,
    kind: row.kind,
    since: {
      snapshotId: parseSnapshotId(row.since_snapshot_id.toString('hex')),
      number: row.since_number,
      jobStartedAt: row.since_at.getTime(),
    },
    until:
      row.until_number !== null && row.until_at
        ? { number: row.until_number, jobStartedAt: row.until_at.getTime() }
        : undefined,
    state: isPast ? 'past' : row.is_read ? 'read' : 'due',
  };
}

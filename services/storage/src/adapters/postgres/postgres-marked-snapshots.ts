import {
  parseBackupSetId,
  parseResourceId,
  parseSnapshotId,
  parseTaskId,
  type SnapshotId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { epochAfterBegin, mayLetGo } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import {
  type FreeingBegin,
  type MarkableSnapshot,
  MarkedSnapshots,
  NO_WORK,
  type OpenWork,
} from '../../app/marked-snapshots.port.js';
import { fromHex } from './from-hex.js';
import { lockObjects } from './lock-objects.js';
import type { StorageSchema, StorageSweep, Tx } from './schema.js';
import { lockVault } from './vault-lock.js';

/** Snapshots looked at in one transaction that has the vault for itself. */
const LET_GO_AT_ONCE = 500;
/** A sealed snapshot has a few hundred bytes, and 32 more for each pack that it names. */
const SNAPSHOTS_A_PAGE = 50;

interface MarkableRow {
  snapshot_id: Buffer;
  backup_set_id: string;
  resource_id: string;
  parent_snapshot_id: Buffer | null;
  generation: number;
  number: number;
  stored_no: number;
  is_visible: boolean;
  is_retired: boolean;
  read_at: Date | null;
  is_parent_of_open_task: boolean;
  sealed: Buffer;
}

@Injectable()
export class PostgresMarkedSnapshots extends MarkedSnapshots {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override begin(tenant: TenantId, vault: VaultId): Promise<FreeingBegin> {
    return this.database.inTenant(tenant, async (tx) => {
      await lockVault(tx, vault);
      const { rows } = await sql<{ newest_pack: number; highest_epoch: number; at: Date; pinned: string[] | null }>`
        select clock_timestamp() as at,
          (select coalesce(max(pack_no), 0) from packs where tenant_id = ${tenant} and vault_id = ${vault}) as newest_pack,
          (select coalesce(max(epoch), 0) from chains where tenant_id = ${tenant} and vault_id = ${vault}) as highest_epoch,
          (select array_agg(distinct task_id::text) from pack_pins where tenant_id = ${tenant} and vault_id = ${vault}) as pinned
      `.execute(tx);
      const [row] = rows;
      if (!row) throw new Error('a query without a table answers one row');
      return {
        newestPack: row.newest_pack,
        highestEpoch: row.highest_epoch,
        at: row.at.getTime(),
        pinnedTasks: (row.pinned ?? []).map(parseTaskId),
      };
    });
  }

  override async fenceEnded(tenant: TenantId, vault: VaultId, begin: FreeingBegin, open: OpenWork): Promise<void> {
    const openTasks = new Set(open.tasks);
    const openEpochs = new Set(open.epochs);
    const ended = begin.pinnedTasks.filter((task) => !openTasks.has(task));
    await this.database.inTenant(tenant, async (tx) => {
      await lockVault(tx, vault);
      const chains = await tx
        .selectFrom('chains')
        .select('epoch')
        .distinct()
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .execute();
      const raised = chains.flatMap(({ epoch }) => {
        const after = epochAfterBegin({
          epoch,
          highestAtBegin: begin.highestEpoch,
          isEpochOfOpenTask: openEpochs.has(epoch),
        });
        return after === epoch ? [] : [{ epoch, after }];
      });
      await sql`
        update chains c set epoch = r.after
        from unnest(${raised.map(({ epoch }) => epoch)}::bigint[], ${raised.map(({ after }) => after)}::bigint[])
          as r (epoch, after)
        where c.tenant_id = ${tenant} and c.vault_id = ${vault} and c.epoch = r.epoch`.execute(tx);
      await sql`
        delete from pack_pins
        where tenant_id = ${tenant} and vault_id = ${vault} and task_id = any(${ended}::uuid[])
          and epoch <= ${begin.highestEpoch}::bigint`.execute(tx);
    });
  }

  override letGo(
    tenant: TenantId,
    vault: VaultId,
    begin: FreeingBegin,
    { open, readersMs, restMs }: { readonly open: OpenWork; readonly readersMs: number; readonly restMs: number },
  ): Promise<number> {
    return this.database.inTenant(tenant, async (tx) => {
      await lockVault(tx, vault);
      const candidates = await markable(tx, { tenant, vault, begin, open }, retiredUnread(begin, readersMs), {
        limit: LET_GO_AT_ONCE,
      });
      const going = candidates.filter((snapshot) => mayLetGo(snapshot, begin.at, readersMs));
      if (going.length === 0) return 0;
      const ids = going.map(({ snapshotId }) => fromHex(snapshotId));
      const { rows: objects } = await sql<{ object_no: number }>`
        select o.object_no from snapshots s join objects o on o.vault_id = s.vault_id and o.name = s.object_name
        where s.tenant_id = ${tenant} and s.vault_id = ${vault} and s.snapshot_id = any(${ids}::bytea[])`.execute(tx);
      await lockObjects(
        tx,
        tenant,
        vault,
        objects.map(({ object_no }) => object_no),
      );
      await sql`
        update snapshots set let_go_at = now()
        where tenant_id = ${tenant} and vault_id = ${vault} and snapshot_id = any(${ids}::bytea[])`.execute(tx);
      await sql`
        insert into deletions_due (tenant_id, vault_id, object_no, destination_id, is_snapshot, after_object_no, noted_no, not_before)
        select p.tenant_id, p.vault_id, p.object_no, p.destination_id, true, p.object_no,
          (select max(object_no) from objects where vault_id = ${vault}), now() + ${restMs} * interval '1 millisecond'
        from snapshots s
        join objects o on o.vault_id = s.vault_id and o.name = s.object_name
        join object_places p on p.object_no = o.object_no
        where s.tenant_id = ${tenant} and s.vault_id = ${vault} and s.snapshot_id = any(${ids}::bytea[])
        on conflict do nothing`.execute(tx);
      await sql`
        delete from copies_due c using objects o, snapshots s
        where o.object_no = c.object_no and o.vault_id = s.vault_id and o.name = s.object_name
          and s.tenant_id = ${tenant} and s.vault_id = ${vault} and s.snapshot_id = any(${ids}::bytea[])`.execute(tx);
      return going.length;
    });
  }

  override storedUpTo(
    tenant: TenantId,
    vault: VaultId,
  ): Promise<{ readonly storedNo: number; readonly generation: number }> {
    return this.database.inTenant(tenant, async (tx) => {
      await lockVault(tx, vault);
      const { rows } = await sql<{ stored_no: number; generation: number }>`
        select generation, (
          select coalesce(max(stored_no), 0) from snapshots where tenant_id = ${tenant} and vault_id = ${vault}) as stored_no
        from vaults where tenant_id = ${tenant} and vault_id = ${vault}`.execute(tx);
      return { storedNo: rows[0]?.stored_no ?? 0, generation: rows[0]?.generation ?? 1 };
    });
  }

  override async *chains(
    tenant: TenantId,
    vault: VaultId,
    upTo: number,
    begin: FreeingBegin,
    open: OpenWork,
  ): AsyncGenerator<readonly MarkableSnapshot[]> {
    for (let last: MarkableSnapshot | undefined; ;) {
      const after = last;
      const page = await this.database.inTenant(tenant, (tx) => {
        const isNext = after
          ? sql`(s.backup_set_id, s.resource_id, s.generation, s.number)
              > (${after.backupSetId}::uuid, ${after.resourceId}, ${after.generation}::int, ${after.number}::bigint)`
          : sql`true`;
        const which = sql`s.stored_no <= ${upTo}::bigint and ${isNext}`;
        const order = sql`s.backup_set_id, s.resource_id, s.generation, s.number`;
        return markable(tx, { tenant, vault, begin, open }, which, { limit: SNAPSHOTS_A_PAGE, order });
      });
      last = page.at(-1);
      if (!last) return;
      yield page;
    }
  }

  override storedAfter(
    tenant: TenantId,
    vault: VaultId,
    storedNo: number,
    size: number,
  ): Promise<readonly MarkableSnapshot[]> {
    const nobody = { begin: { newestPack: 0, highestEpoch: 0, at: 0, pinnedTasks: [] }, open: NO_WORK };
    return this.database.inTenant(tenant, (tx) =>
      markable(tx, { tenant, vault, ...nobody }, sql`s.stored_no > ${storedNo}::bigint`, { limit: size }),
    );
  }

  override async sealed(tenant: TenantId, vault: VaultId, snapshot: SnapshotId): Promise<Uint8Array | undefined> {
    const row = await this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('snapshots')
        .select('sealed')
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('snapshot_id', '=', fromHex(snapshot))
        .where('let_go_at', 'is', null)
        .executeTakeFirst(),
    );
    return row?.sealed;
  }
}

/** What {@link mayLetGo} may say yes to, so that the others need not be looked at again and again. */
const retiredUnread = (begin: FreeingBegin, readersMs: number) => sql`
  s.retired_at < ${new Date(begin.at)}::timestamptz
  and (s.read_at is null or s.read_at <= ${new Date(begin.at - readersMs)}::timestamptz)
  and o.resource_id is null`;

interface MarkableScene {
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly begin: FreeingBegin;
  readonly open: OpenWork;
}

async function markable(
  tx: Tx,
  { tenant, vault, begin, open }: MarkableScene,
  which: ReturnType<typeof sql>,
  { limit, order = sql`s.stored_no` }: { readonly limit: number; readonly order?: ReturnType<typeof sql> },
): Promise<readonly MarkableSnapshot[]> {
  const { rows } = await sql<MarkableRow>`
    select s.snapshot_id, s.backup_set_id, s.resource_id, s.parent_snapshot_id, s.generation, s.number, s.stored_no,
      s.committed_at is not null as is_visible, s.sealed, s.read_at,
      coalesce(s.retired_at < ${new Date(begin.at)}::timestamptz, false) as is_retired,
      o.resource_id is not null as is_parent_of_open_task
    from snapshots s
    left join chains c on c.vault_id = s.vault_id and c.backup_set_id = s.backup_set_id
      and c.resource_id = s.resource_id and c.head_snapshot_id = s.snapshot_id
    left join (
      select backup_set_id, resource_id, bool_or(rewrites) as rewrites from unnest(
        ${open.chains.map(({ backupSetId }) => backupSetId)}::uuid[], ${open.chains.map(({ resourceId }) => resourceId)}::text[],
        ${open.chains.map(({ rewrites }) => rewrites)}::boolean[]
      ) as o (backup_set_id, resource_id, rewrites)
      group by 1, 2
    ) o on o.backup_set_id = s.backup_set_id and o.resource_id = s.resource_id
      and (o.rewrites or c.head_snapshot_id is not null)
    where s.tenant_id = ${tenant} and s.vault_id = ${vault} and s.let_go_at is null and ${which}
    order by ${order} limit ${limit}`.execute(tx);
  return rows.map((row) => ({
    snapshotId: parseSnapshotId(row.snapshot_id.toString('hex')),
    backupSetId: parseBackupSetId(row.backup_set_id),
    resourceId: parseResourceId(row.resource_id),
    parent: row.parent_snapshot_id ? parseSnapshotId(row.parent_snapshot_id.toString('hex')) : undefined,
    generation: row.generation,
    number: row.number,
    storedNo: row.stored_no,
    isVisible: row.is_visible,
    isRetired: row.is_retired,
    readAt: row.read_at?.getTime(),
    isParentOfOpenTask: row.is_parent_of_open_task,
    sealed: row.sealed,
  }));
}

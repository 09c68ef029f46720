import {
  parseBackupSetId,
  type BackupSetId,
  type DestinationId,
  type PackName,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import type { SnapshotHeader } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { ReturningSnapshots, type ReturningSnapshot } from '../../app/returning-snapshots.port.js';
import type { ReplacedRange } from '../../app/removed-chains.js';
import { fromHex } from './from-hex.js';
import { recordPlace } from './record-place.js';
import type { StorageSchema, StorageSweep } from './schema.js';

@Injectable()
export class PostgresReturningSnapshots extends ReturningSnapshots {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override lacksAny(tenant: TenantId, vault: VaultId, packs: readonly PackName[]): Promise<boolean> {
    return this.database.inTenant(tenant, async (tx) => {
      const { rows } = await sql`
        select from unnest(${packs.map(fromHex)}::bytea[]) as wanted (name)
        where not exists (
          select from packs k
          where k.tenant_id = ${tenant} and k.vault_id = ${vault} and k.name = wanted.name and k.state = 'live'
        )
        limit 1`.execute(tx);
      return rows.length > 0;
    });
  }

  override isFollowed(
    tenant: TenantId,
    { vault, set, resource, generation, number }: SnapshotHeader,
  ): Promise<boolean> {
    return this.database.inTenant(tenant, async (tx) => {
      const { rows } = await sql`
        select from snapshots
        where tenant_id = ${tenant} and vault_id = ${vault} and backup_set_id = ${set} and resource_id = ${resource}
          and (generation, number) > (${generation}::bigint, ${number}::bigint)
          and committed_at is not null and retired_at is null
        limit 1`.execute(tx);
      return rows.length > 0;
    });
  }

  override takeBack(
    tenant: TenantId,
    { snapshot, header, sealed, objectName, isRemoved }: ReturningSnapshot,
    destination: DestinationId,
  ): Promise<void> {
    const { vault } = header;
    return this.database.inTenant(tenant, async (tx) => {
      await tx
        .insertInto('snapshots')
        .values({
          tenant_id: tenant,
          vault_id: vault,
          snapshot_id: fromHex(snapshot),
          backup_set_id: header.set,
          resource_id: header.resource,
          job_id: header.job,
          epoch: header.epoch,
          generation: header.generation,
          number: header.number,
          parent_snapshot_id: header.parent === undefined ? null : fromHex(header.parent),
          job_started_at: new Date(header.jobStartedAt),
          sealed: Buffer.from(sealed),
          object_name: objectName,
          destination_id: destination,
          committed_at: new Date(header.finishedAt),
          retired_at: isRemoved ? sql<Date>`clock_timestamp()` : null,
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      const object = { name: objectName, bytes: sealed.byteLength, sha256: snapshot };
      await recordPlace(tx, { tenant, vault, object, destination });
    });
  }

  override retireReplaced(
    tenant: TenantId,
    vault: VaultId,
    { chain, firstNumber, lastNumber, lastJobStartedAt }: ReplacedRange,
  ): Promise<number> {
    return this.database.inTenant(tenant, async (tx) => {
      const { numAffectedRows } = await sql`
        update snapshots s set retired_at = clock_timestamp()
        where s.tenant_id = ${tenant} and s.vault_id = ${vault} and s.retired_at is null
          and s.backup_set_id = ${chain.backupSetId} and s.resource_id = ${chain.resourceId}
          and s.number between ${firstNumber}::bigint and ${lastNumber}::bigint
          and exists (
            select from snapshots later
            where later.tenant_id = s.tenant_id and later.vault_id = s.vault_id
              and later.backup_set_id = s.backup_set_id and later.resource_id = s.resource_id
              and later.number > ${lastNumber}::bigint
              and later.job_started_at between s.job_started_at and ${new Date(lastJobStartedAt)}::timestamptz)`.execute(
        tx,
      );
      return Number(numAffectedRows ?? 0);
    });
  }

  override chooseHeads(tenant: TenantId, vault: VaultId): Promise<readonly BackupSetId[]> {
    return this.database.inTenant(tenant, async (tx) => {
      const { rows } = await sql<{ backup_set_id: string }>`
        with heads as (
          select distinct on (backup_set_id, resource_id) tenant_id, vault_id, backup_set_id, resource_id, snapshot_id,
            max(epoch) over (partition by backup_set_id, resource_id) as epoch
          from snapshots
          where tenant_id = ${tenant} and vault_id = ${vault} and committed_at is not null
          order by backup_set_id, resource_id, generation desc, number desc
        ), chosen as (
          insert into chains (tenant_id, vault_id, backup_set_id, resource_id, epoch, head_snapshot_id)
          select tenant_id, vault_id, backup_set_id, resource_id, epoch, snapshot_id from heads
          on conflict (vault_id, backup_set_id, resource_id) do update
            set epoch = greatest(chains.epoch, excluded.epoch),
              head_snapshot_id = case
                -- What was stored since the vault's generation was opened is the head, whether it was put yet or not.
                when exists (
                  select from snapshots h join vaults v on v.vault_id = h.vault_id
                  where h.tenant_id = chains.tenant_id and h.vault_id = chains.vault_id
                    and h.snapshot_id = chains.head_snapshot_id and h.generation >= v.generation)
                then chains.head_snapshot_id else excluded.head_snapshot_id end
          returning backup_set_id
        )
        select distinct backup_set_id from chosen`.execute(tx);
      return rows.map(({ backup_set_id }) => parseBackupSetId(backup_set_id));
    });
  }
}

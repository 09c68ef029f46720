import { parseDestinationId, parseTenantId, parseVaultId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import {
  ObjectLocks,
  type FailedLook,
  type LockFailure,
  type ObjectToLock,
  type SeenLock,
  type VaultPlace,
} from '../../app/object-locks.port.js';
import type { StorageSchema, StorageSweep } from './schema.js';

/** Of `object_places p` and `objects o`: something needs it, and its lock has to be looked at. */
const isDue = (now: number) => sql`
  p.lock_due_at <= ${new Date(now)}
  and not exists (
    select from deletions_due d where d.object_no = p.object_no and d.destination_id = p.destination_id)
  and not exists (
    select from snapshots s
    left join retention_verdicts v on v.vault_id = s.vault_id and v.backup_set_id = s.backup_set_id
      and v.snapshot_id = s.snapshot_id
    where s.vault_id = p.vault_id and s.object_name = o.name and (s.retired_at is not null or v.is_only_locked))`;

interface FailureRow {
  destination_id: string;
  failing_since: Date;
  failed_at: Date;
  failure: string;
  objects: number;
  bytes: number;
  locked_until: Date | null;
  unseen: number;
}

@Injectable()
export class PostgresObjectLocks extends ObjectLocks {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override async take(limit: number, now: number, leaseMs: number): Promise<readonly VaultPlace[]> {
    const { rows } = await this.database.acrossTenants('due-locks', (tx) =>
      sql<{ tenant_id: string; vault_id: string; destination_id: string }>`
        update lock_looks set due_at = ${new Date(now + leaseMs)}
        where (vault_id, destination_id) in (
          select vault_id, destination_id from lock_looks where due_at <= ${new Date(now)}
          order by due_at limit ${limit} for update skip locked
        )
        returning tenant_id, vault_id, destination_id`.execute(tx),
    );
    return rows.map(({ tenant_id, vault_id, destination_id }) => ({
      tenantId: parseTenantId(tenant_id),
      vaultId: parseVaultId(vault_id),
      destinationId: parseDestinationId(destination_id),
    }));
  }

  override async rest({ tenantId, vaultId, destinationId }: VaultPlace, until: number): Promise<void> {
    await this.database.inTenant(tenantId, (tx) =>
      tx
        .updateTable('lock_looks')
        .set({ due_at: new Date(until), failing_since: null, failed_at: null, failure: null })
        .where('tenant_id', '=', tenantId)
        .where('vault_id', '=', vaultId)
        .where('destination_id', '=', destinationId)
        .execute(),
    );
  }

  override async due(
    { tenantId, vaultId, destinationId }: VaultPlace,
    now: number,
    limit: number,
  ): Promise<readonly ObjectToLock[]> {
    const { rows } = await this.database.inTenant(tenantId, (tx) =>
      sql<{ object_no: number; name: string }>`
        select p.object_no, o.name from object_places p join objects o on o.object_no = p.object_no
        where p.tenant_id = ${tenantId} and p.vault_id = ${vaultId} and p.destination_id = ${destinationId}
          and ${isDue(now)}
        order by p.lock_due_at, p.object_no limit ${limit}`.execute(tx),
    );
    return rows.map(({ object_no, name }) => ({ objectNo: object_no, name }));
  }

  override async noteFailure({ tenantId, vaultId, destinationId }: VaultPlace, look: FailedLook): Promise<void> {
    const at = new Date(look.at);
    await this.database.inTenant(tenantId, (tx) =>
      sql`
        update lock_looks l
        set failing_since = coalesce(failing_since, ${at}), failed_at = ${at}, failure = ${look.reason}
        where tenant_id = ${tenantId} and vault_id = ${vaultId} and destination_id = ${destinationId}
          and (${look.isLocking === true} or exists (
            select from object_places p
            where p.vault_id = l.vault_id and p.destination_id = l.destination_id and p.locked_until > ${at}))`.execute(
        tx,
      ),
    );
  }

  override async failures(tenant: TenantId, vault: VaultId, now: number): Promise<readonly LockFailure[]> {
    const { rows } = await this.database.inTenant(tenant, (tx) =>
      sql<FailureRow>`
        select l.destination_id, l.failing_since, l.failed_at, l.failure, due.*
        from lock_looks l cross join lateral (
          select count(*) as objects, coalesce(sum(o.bytes), 0)::bigint as bytes, min(p.locked_until) as locked_until,
            count(*) filter (where p.locked_until is null) as unseen
          from object_places p join objects o on o.object_no = p.object_no
          where p.tenant_id = l.tenant_id and p.vault_id = l.vault_id and p.destination_id = l.destination_id
            and ${isDue(now)}
        ) due
        where l.tenant_id = ${tenant} and l.vault_id = ${vault} and l.failing_since is not null
        order by l.destination_id`.execute(tx),
    );
    return rows.map(failureFrom);
  }

  override async note({ tenantId, destinationId }: VaultPlace, seen: readonly SeenLock[]): Promise<void> {
    const untils = seen.map(({ until }) => (until === undefined ? null : new Date(until).toISOString()));
    await this.database.inTenant(tenantId, (tx) =>
      // Rows that somebody else is changing are left to the next look: nobody waits for this.
      sql`
        with free as (
          select object_no from object_places
          where tenant_id = ${tenantId} and destination_id = ${destinationId}
            and object_no = any(${seen.map(({ objectNo }) => objectNo)}::bigint[])
          for update skip locked)
        update object_places p set locked_until = seen.locked_until, lock_due_at = seen.due_at
        from unnest(${seen.map(({ objectNo }) => objectNo)}::bigint[], ${untils}::timestamptz[],
          ${seen.map(({ dueAt }) => new Date(dueAt).toISOString())}::timestamptz[]) as seen (object_no, locked_until, due_at)
        where p.tenant_id = ${tenantId} and p.destination_id = ${destinationId} and p.object_no = seen.object_no
          and p.object_no in (select object_no from free)`.execute(tx),
    );
  }
}

function failureFrom(row: FailureRow): LockFailure {
  return {
    destinationId: parseDestinationId(row.destination_id),
    since: row.failing_since.getTime(),
    lastTriedAt: row.failed_at.getTime(),
    reason: row.failure,
    objects: row.objects,
    bytes: row.bytes,
    lockedUntil: row.locked_until?.getTime(),
    unseen: row.unseen,
  };
}

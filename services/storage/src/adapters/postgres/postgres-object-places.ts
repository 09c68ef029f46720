import {
  parseDestinationId,
  parseTenantId,
  parseVaultId,
  type DestinationId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import {
  ObjectPlaces,
  type AwaitedDestination,
  type CopyPauses,
  type DueCopy,
  type Resting,
  type StoredObject,
} from '../../app/object-places.port.js';
import { LEFT_TO_FINDER_MS } from './note-damage.js';
import { recordPlace } from './record-place.js';
import type { StorageSchema, StorageSweep } from './schema.js';
import { shareMember } from './vault-members.js';

interface DueRow {
  tenant_id: string;
  vault_id: string;
  name: string;
  bytes: number;
  sha256: Buffer;
  destination_id: string;
  is_claimed: boolean;
  replaces: boolean;
  holders: string[];
}

/** Between the beginnings of two transactions that see one another, at most: each goes by the moment of its own. */
const BEGUN_SINCE_MS = 60 * 1000;

@Injectable()
export class PostgresObjectPlaces extends ObjectPlaces {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override async add(
    tenant: TenantId,
    vault: VaultId,
    object: StoredObject,
    destination: DestinationId,
  ): Promise<void> {
    await this.database.inTenant(tenant, (tx) => recordPlace(tx, { tenant, vault, object, destination }));
  }

  override addCopy(
    tenant: TenantId,
    vault: VaultId,
    object: StoredObject,
    destination: DestinationId,
  ): Promise<boolean> {
    return this.database.inTenant(tenant, async (tx) => {
      await shareMember(tx, tenant, vault, destination);
      const known = await tx
        .selectFrom('objects')
        .select('object_no')
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('name', '=', object.name)
        .forNoKeyUpdate()
        .executeTakeFirst();
      if (known) await recordPlace(tx, { tenant, vault, object, destination });
      return known !== undefined;
    });
  }

  override async holdersOf(
    tenant: TenantId,
    vault: VaultId,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, readonly DestinationId[]>> {
    const { rows } = await this.database.inTenant(tenant, (tx) =>
      sql<{ name: string; holders: string[] }>`
        select o.name, array_agg(p.destination_id::text order by d.position) as holders
        from objects o
        join object_places p on p.object_no = o.object_no
        join vault_destinations d on d.vault_id = o.vault_id and d.destination_id = p.destination_id
        where o.tenant_id = ${tenant} and o.vault_id = ${vault} and o.name = any(${[...names]}::text[])
        group by o.name`.execute(tx),
    );
    return new Map(rows.map(({ name, holders }) => [name, holders.map(parseDestinationId)]));
  }

  override async hashOf(tenant: TenantId, vault: VaultId, name: string): Promise<string | undefined> {
    const row = await this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('objects')
        .select('sha256')
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('name', '=', name)
        .executeTakeFirst(),
    );
    return row?.sha256.toString('hex');
  }

  override async takeDue(
    limit: number,
    leaseMs: number,
    { destinations, vaults }: Resting,
  ): Promise<readonly DueCopy[]> {
    const { rows } = await this.database.acrossTenants('due-copies', (tx) =>
      sql<DueRow>`
        with taken as (
          update copies_due set not_before = now() + ${leaseMs} * interval '1 millisecond', awaits_return = false
          where (object_no, destination_id) in (
            select object_no, destination_id from copies_due
            where not_before <= now() and destination_id <> all(${[...destinations]}::uuid[])
              and (vault_id, destination_id) not in (
                select * from unnest(${vaults.map(({ vaultId }) => vaultId)}::uuid[], ${vaults.map(({ to }) => to)}::uuid[]))
            order by not_before limit ${limit} for update skip locked
          )
          returning object_no, destination_id, replaces
        )
        select o.tenant_id, o.vault_id, o.name, o.bytes, o.sha256, t.destination_id, t.replaces, w.is_claimed,
          array_agg(p.destination_id::text order by d.position) as holders
        from taken t
        join objects o on o.object_no = t.object_no
        join object_places p on p.object_no = t.object_no
        join vault_destinations d on d.vault_id = o.vault_id and d.destination_id = p.destination_id
        join vault_destinations w on w.vault_id = o.vault_id and w.destination_id = t.destination_id
        group by o.object_no, t.destination_id, t.replaces, w.is_claimed
        order by o.object_no`.execute(tx),
    );
    return rows.map(copyFrom);
  }

  /** What was found to lie nowhere whole meanwhile waits for a good copy, not for a time. */
  override async noteFailure(
    { tenantId, vaultId, object, to }: DueCopy,
    pauses: CopyPauses,
    awaitsReturn: boolean,
  ): Promise<void> {
    const { firstMs, longestMs } = pauses;
    await this.database.inTenant(tenantId, (tx) =>
      sql`
        update copies_due c set awaits_return = ${awaitsReturn}, attempts = attempts + 1, not_before = now()
          + least(${longestMs}::float8, ${firstMs}::float8 * 2 ^ least(attempts, 30)) * (0.5 + random() / 2) * interval '1 millisecond'
        from objects o
        where o.tenant_id = ${tenantId} and o.vault_id = ${vaultId} and o.name = ${object.name}
          and c.tenant_id = ${tenantId} and c.object_no = o.object_no and c.destination_id = ${to}
          and c.not_before < 'infinity'`.execute(tx),
    );
  }

  /** From one destination to the next by the index, however many copies each awaits. */
  override async awaited(after: DestinationId | undefined, limit: number): Promise<readonly AwaitedDestination[]> {
    const { rows } = await this.database.acrossTenants('due-copies', (tx) =>
      sql<{ tenant_id: string; vault_id: string; destination_id: string }>`
        with recursive found as (
          (select tenant_id, vault_id, destination_id from copies_due
            where awaits_return and destination_id > ${after ?? BEFORE_ALL}::uuid order by destination_id limit 1)
          union all
          select next.* from found cross join lateral (
            select tenant_id, vault_id, destination_id from copies_due
            where awaits_return and destination_id > found.destination_id order by destination_id limit 1) next
        )
        select * from found limit ${limit}`.execute(tx),
    );
    return rows.map(({ tenant_id, vault_id, destination_id }) => ({
      tenantId: parseTenantId(tenant_id),
      vaultId: parseVaultId(vault_id),
      destinationId: parseDestinationId(destination_id),
    }));
  }

  override async awaitedOf(tenant: TenantId, vault: VaultId): Promise<readonly DestinationId[]> {
    const rows = await this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('vault_destinations as d')
        .select('d.destination_id')
        .where('d.tenant_id', '=', tenant)
        .where('d.vault_id', '=', vault)
        .where((row) =>
          row.exists(
            row
              .selectFrom('copies_due as c')
              .select('c.object_no')
              .whereRef('c.destination_id', '=', 'd.destination_id')
              .whereRef('c.vault_id', '=', 'd.vault_id')
              .where('c.awaits_return', '=', true),
          ),
        )
        .orderBy('d.destination_id')
        .execute(),
    );
    return rows.map(({ destination_id }) => parseDestinationId(destination_id));
  }

  override async hurry(destination: DestinationId, limit: number): Promise<number> {
    const { numAffectedRows } = await this.database.acrossTenants('due-copies', (tx) =>
      sql`
        update copies_due set not_before = least(not_before, now()), awaits_return = false
        where (object_no, destination_id) in (
          select object_no, destination_id from copies_due
          where awaits_return and destination_id = ${destination} limit ${limit} for update skip locked)`.execute(tx),
    );
    return Number(numAffectedRows ?? 0n);
  }

  override async hurryOverlong(longestMs: number, limit: number): Promise<number> {
    const restMs = Math.max(longestMs, LEFT_TO_FINDER_MS) + BEGUN_SINCE_MS;
    const { numAffectedRows } = await this.database.acrossTenants('due-copies', (tx) =>
      sql`
        update copies_due set not_before = now(), awaits_return = false
        where (object_no, destination_id) in (
          select object_no, destination_id from copies_due
          where not_before > now() + ${restMs} * interval '1 millisecond' and not_before < 'infinity'
          order by not_before limit ${limit} for update skip locked)`.execute(tx),
    );
    return Number(numAffectedRows ?? 0n);
  }
}

const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

function copyFrom(row: DueRow): DueCopy {
  const { tenant_id, vault_id, name, bytes, sha256, destination_id, is_claimed, replaces, holders } = row;
  return {
    tenantId: parseTenantId(tenant_id),
    vaultId: parseVaultId(vault_id),
    object: { name, bytes, sha256: sha256.toString('hex') },
    to: parseDestinationId(destination_id),
    isClaimed: is_claimed,
    replaces,
    from: holders.map(parseDestinationId),
  };
}

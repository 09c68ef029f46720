import { AppError, parseDestinationId, type DestinationId, type TenantId, type VaultId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Vaults, type DestinationShare, type PlacedObject, type VaultStatistics } from '../../app/vaults.port.js';
import type { StorageSchema, StorageSweep, Tx } from './schema.js';

@Injectable()
export class PostgresVaults extends Vaults {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override async create(tenant: TenantId, vault: VaultId, destinations: readonly DestinationId[]): Promise<void> {
    if (destinations.length === 0 || new Set(destinations).size < destinations.length)
      throw new AppError('INVALID_ARGUMENT', 'destinationIds has to name at least one destination, each once.', {
        context: { field: 'destinationIds', rule: 'at least one, each once' },
      });
    await this.database.inTenant(tenant, async (tx) => {
      const { numInsertedOrUpdatedRows } = await tx
        .insertInto('vaults')
        .values({ tenant_id: tenant, vault_id: vault })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow();
      if (numInsertedOrUpdatedRows === 0n) {
        refuseOther(destinations, await destinationsIn(tx, tenant, vault));
        return;
      }
      const row = { tenant_id: tenant, vault_id: vault };
      const rows = destinations.map((destination_id, position) => ({ ...row, destination_id, position }));
      await tx.insertInto('vault_destinations').values(rows).execute();
    });
  }

  override discard(tenant: TenantId, vault: VaultId): Promise<readonly PlacedObject[]> {
    return this.database.inTenant(tenant, async (tx) => {
      // Whoever registers a pack shares this lock by its foreign key, so that none can come in between.
      await sql`select from vaults where tenant_id = ${tenant} and vault_id = ${vault} for update`.execute(tx);
      const { rows } = await sql`
        select from packs where tenant_id = ${tenant} and vault_id = ${vault}
        union all select from snapshots where tenant_id = ${tenant} and vault_id = ${vault} limit 1`.execute(tx);
      if (rows.length > 0)
        throw new AppError('FAILED_PRECONDITION', 'The vault holds backup data and cannot be discarded.', {
          context: { vaultId: vault },
        });
      const placed = await tx
        .selectFrom('object_places')
        .innerJoin('objects', 'objects.object_no', 'object_places.object_no')
        .select(['objects.name', 'object_places.destination_id'])
        .where('objects.tenant_id', '=', tenant)
        .where('objects.vault_id', '=', vault)
        .execute();
      for (const table of ['copies_due', 'object_places', 'objects', 'vault_destinations', 'vaults'] as const)
        await tx.deleteFrom(table).where('tenant_id', '=', tenant).where('vault_id', '=', vault).execute();
      return placed.map(({ name, destination_id }) => ({ name, destinationId: parseDestinationId(destination_id) }));
    });
  }

  override destinationsOf(tenant: TenantId, vault: VaultId): Promise<readonly DestinationId[]> {
    return this.database.inTenant(tenant, (tx) => knownDestinations(tx, tenant, vault));
  }

  override statistics(tenant: TenantId, vault: VaultId): Promise<VaultStatistics> {
    return this.database.inTenant(tenant, async (tx) => {
      await knownDestinations(tx, tenant, vault);
      const { rows } = await sql<Omit<VaultStatistics, 'destinations'>>`
        select count(*) as packs, coalesce(sum(bytes), 0)::bigint as "packsBytes",
          coalesce(sum(bytes) filter (where branch = 'data'), 0)::bigint as "dataBytes",
          coalesce(sum(bytes) filter (where branch = 'meta'), 0)::bigint as "metaBytes",
          coalesce(sum(chunks), 0)::bigint as chunks,
          (select count(*) from snapshots s
            where s.tenant_id = ${tenant} and s.vault_id = ${vault} and s.committed_at is not null) as snapshots
        from packs where tenant_id = ${tenant} and vault_id = ${vault} and state = 'live'`.execute(tx);
      const [sums] = rows;
      if (!sums) throw new Error('a query of sums answers one row');
      return { ...sums, destinations: await sharesIn(tx, tenant, vault) };
    });
  }
}

async function destinationsIn(tx: Tx, tenant: TenantId, vault: VaultId): Promise<readonly DestinationId[]> {
  const rows = await tx
    .selectFrom('vault_destinations')
    .select('destination_id')
    .where('tenant_id', '=', tenant)
    .where('vault_id', '=', vault)
    .orderBy('position')
    .execute();
  return rows.map(({ destination_id }) => parseDestinationId(destination_id));
}

async function knownDestinations(tx: Tx, tenant: TenantId, vault: VaultId): Promise<readonly DestinationId[]> {
  const destinations = await destinationsIn(tx, tenant, vault);
  if (destinations.length > 0) return destinations;
  throw new AppError('NOT_FOUND', `There is no vault ${vault}.`, { context: { vaultId: vault } });
}

function refuseOther(wanted: readonly DestinationId[], existing: readonly DestinationId[]): void {
  if (wanted.join() === existing.join()) return;
  throw new AppError('ALREADY_EXISTS', 'A vault of this id exists already, with other destinations. Take a new id.');
}

async function sharesIn(tx: Tx, tenant: TenantId, vault: VaultId): Promise<readonly DestinationShare[]> {
  const { rows } = await sql<{ destination_id: string; packs: number; bytes: number; behind: number }>`
    select d.destination_id, count(p.object_no) as packs,
      coalesce(sum(k.bytes) filter (where p.object_no is not null), 0)::bigint as bytes,
      count(k.pack_no) filter (where p.object_no is null) as behind
    from vault_destinations d
    left join packs k on k.vault_id = d.vault_id and k.state = 'live'
    left join object_places p on p.object_no = k.pack_no and p.destination_id = d.destination_id
    where d.tenant_id = ${tenant} and d.vault_id = ${vault}
    group by d.destination_id, d.position order by d.position`.execute(tx);
  return rows.map(({ destination_id, packs, bytes, behind }) => ({
    destinationId: parseDestinationId(destination_id),
    packs,
    packsBytes: bytes,
    packsBehind: behind,
  }));
}

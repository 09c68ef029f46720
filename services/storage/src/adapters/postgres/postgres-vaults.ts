import {
  AppError,
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
import { Vaults, type DestinationShare, type LeftVault, type VaultStatistics } from '../../app/vaults.port.js';
import { changeVaultDestinations } from './change-vault-destinations.js';
import type { StorageSchema, StorageSweep, Tx } from './schema.js';
import { lockVault } from './vault-lock.js';
import { lockMembers } from './vault-members.js';

/** Of the clearing of a vault that was discarded, after failures. */
const LONGEST_REST = sql`interval '1 day'`;

@Injectable()
export class PostgresVaults extends Vaults {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override async create(tenant: TenantId, vault: VaultId, destinations: readonly DestinationId[]): Promise<void> {
    demandEachOnce(destinations);
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
      const rows = destinations.map((destination_id, position) => ({
        ...row,
        destination_id,
        position,
        is_claimed: false,
      }));
      await tx.insertInto('vault_destinations').values(rows).execute();
      await tx
        .insertInto('lock_looks')
        .values(destinations.map((destination_id) => ({ ...row, destination_id })))
        .execute();
    });
  }

  override async raiseGeneration(tenant: TenantId, vault: VaultId, generation: number): Promise<void> {
    await this.database.inTenant(tenant, (tx) =>
      tx
        .updateTable('vaults')
        .set({ generation })
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('generation', '<', generation)
        .execute(),
    );
  }

  override async generationOf(tenant: TenantId, vault: VaultId): Promise<number> {
    const row = await this.database.inTenant(tenant, (tx) =>
      tx
        .selectFrom('vaults')
        .select('generation')
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .executeTakeFirst(),
    );
    if (!row) throw new AppError('NOT_FOUND', 'There is no such vault.', { context: { vaultId: vault } });
    return row.generation;
  }

  override async noteClaimed(tenant: TenantId, vault: VaultId, destination: DestinationId): Promise<void> {
    await this.database.inTenant(tenant, (tx) =>
      tx
        .updateTable('vault_destinations')
        .set({ is_claimed: true })
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('destination_id', '=', destination)
        .execute(),
    );
  }

  override discard(tenant: TenantId, vault: VaultId): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await lockVault(tx, vault);
      // Whoever registers a pack shares this lock, so that none can come in between.
      await lockMembers(tx, tenant, vault);
      const { rows } = await sql`
        select from packs where tenant_id = ${tenant} and vault_id = ${vault}
        union all select from snapshots where tenant_id = ${tenant} and vault_id = ${vault} limit 1`.execute(tx);
      if (rows.length > 0)
        throw new AppError('FAILED_PRECONDITION', 'The vault holds backup data and cannot be discarded.', {
          context: { vaultId: vault },
        });
      await sql`
        select from objects where tenant_id = ${tenant} and vault_id = ${vault} order by object_no for update`.execute(
        tx,
      );
      await sql`
        insert into vaults_to_clear (tenant_id, vault_id, destination_id)
        select tenant_id, vault_id, destination_id from vault_destinations
        where tenant_id = ${tenant} and vault_id = ${vault}`.execute(tx);
      for (const table of [
        'object_places',
        'deletions_due',
        'findings',
        'copies_due',
        'objects',
        'vault_destinations',
        'vaults',
      ] as const)
        await tx.deleteFrom(table).where('tenant_id', '=', tenant).where('vault_id', '=', vault).execute();
    });
  }

  override async takeLeft(limit: number): Promise<readonly LeftVault[]> {
    const { rows } = await this.database.acrossTenants('vaults-to-clear', (tx) =>
      sql<{ tenant_id: string; vault_id: string; destination_id: string }>`
        update vaults_to_clear set attempts = attempts + 1,
          not_before = now() + least(${LONGEST_REST}, interval '1 minute' * 2 ^ least(attempts, 16))
        where (vault_id, destination_id) in (
          -- None rests for longer, unless the clock went back since.
          select vault_id, destination_id from vaults_to_clear where not_before <= now() or not_before > now() + ${LONGEST_REST}
          order by not_before limit ${limit} for update skip locked
        )
        returning tenant_id, vault_id, destination_id`.execute(tx),
    );
    return rows.map(({ tenant_id, vault_id, destination_id }) => ({
      tenantId: parseTenantId(tenant_id),
      vaultId: parseVaultId(vault_id),
      destinationId: parseDestinationId(destination_id),
    }));
  }

  override async noteCleared({ tenantId, vaultId, destinationId }: LeftVault): Promise<void> {
    await this.database.inTenant(tenantId, (tx) =>
      tx
        .deleteFrom('vaults_to_clear')
        .where('tenant_id', '=', tenantId)
        .where('vault_id', '=', vaultId)
        .where('destination_id', '=', destinationId)
        .execute(),
    );
  }

  override destinationsOf(tenant: TenantId, vault: VaultId): Promise<readonly DestinationId[]> {
    return this.database.inTenant(tenant, (tx) => knownDestinations(tx, tenant, vault));
  }

  override changeDestinations(tenant: TenantId, vault: VaultId, wanted: readonly DestinationId[]): Promise<void> {
    demandEachOnce(wanted);
    return this.database.inTenant(tenant, async (tx) => {
      await lockVault(tx, vault);
      await lockMembers(tx, tenant, vault);
      const present = await knownDestinations(tx, tenant, vault);
      await changeVaultDestinations(tx, { tenant, vault, present, wanted });
    });
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
            where s.tenant_id = ${tenant} and s.vault_id = ${vault} and s.committed_at is not null and s.retired_at is null) as snapshots
        from packs where tenant_id = ${tenant} and vault_id = ${vault} and state = 'live'`.execute(tx);
      const [sums] = rows;
      if (!sums) throw new Error('a query of sums answers one row');
      return { ...sums, destinations: await sharesIn(tx, tenant, vault) };
    });
  }
}

function demandEachOnce(destinations: readonly DestinationId[]): void {
  if (destinations.length > 0 && new Set(destinations).size === destinations.length) return;
  throw new AppError('INVALID_ARGUMENT', 'destinationIds has to name at least one destination, each once.', {
    context: { field: 'destinationIds', rule: 'at least one, each once' },
  });
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
  const { rows } = await sql<{ destination_id: string; packs: number; bytes: number; behind: number; keys: number }>`
    select d.destination_id, count(p.object_no) as packs,
      coalesce(sum(k.bytes) filter (where p.object_no is not null), 0)::bigint as bytes,
      count(k.pack_no) filter (where p.object_no is null) as behind,
      (select count(*) from deletions_due x join objects o on o.object_no = x.object_no
        where x.tenant_id = d.tenant_id and x.vault_id = d.vault_id and x.destination_id = d.destination_id
          and o.name like 'keys/%') as keys
    from vault_destinations d
    left join packs k on k.vault_id = d.vault_id and k.state = 'live'
    left join object_places p on p.object_no = k.pack_no and p.destination_id = d.destination_id
    where d.tenant_id = ${tenant} and d.vault_id = ${vault}
    group by d.tenant_id, d.vault_id, d.destination_id, d.position order by d.position`.execute(tx);
  return rows.map(({ destination_id, packs, bytes, behind, keys }) => ({
    destinationId: parseDestinationId(destination_id),
    packs,
    packsBytes: bytes,
    packsBehind: behind,
    keysBehind: keys,
  }));
}

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
import { sql, type Selectable, type Transaction } from 'kysely';
import {
  Destinations,
  type DestinationChange,
  type DestinationRow,
  type VaultThere,
} from '../../app/destinations.port.js';
import type { AuthSchema, AuthSweep } from './auth-database.js';

type Row = Selectable<AuthSchema['destinations']>;

@Injectable()
export class PostgresDestinations extends Destinations {
  constructor(private readonly database: Database<AuthSchema, AuthSweep>) {
    super();
  }

  override create(
    destination: Omit<DestinationRow, 'createdAtMs' | 'version'>,
    sealedCredentials: Buffer | undefined,
  ): Promise<DestinationRow> {
    return this.database.inTenant(destination.tenantId, async (tx) => {
      const row = await tx
        .insertInto('destinations')
        .values({
          tenant_id: destination.tenantId,
          destination_id: destination.destinationId,
          display_name: destination.displayName,
          kind: destination.kind,
          settings: destination.settingsJson,
          sealed_credentials: sealedCredentials ?? null,
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      return destinationFrom(row);
    });
  }

  override get(tenant: TenantId, destination: DestinationId): Promise<DestinationRow> {
    return this.database.inTenant(tenant, async (tx) => destinationFrom(await rowOf(tx, tenant, destination)));
  }

  override sealedCredentials(tenant: TenantId, destination: DestinationId): Promise<Buffer | undefined> {
    return this.database.inTenant(tenant, async (tx) => {
      return (await rowOf(tx, tenant, destination)).sealed_credentials ?? undefined;
    });
  }

  override sealedPage(tenant: TenantId, after: DestinationId | undefined, size: number) {
    return this.database.inTenant(tenant, async (tx) => {
      const rows = await tx
        .selectFrom('destinations')
        .select(['destination_id', 'sealed_credentials'])
        .where('tenant_id', '=', tenant)
        .where('sealed_credentials', 'is not', null)
        .$if(after !== undefined, (query) => query.where('destination_id', '>', after ?? ''))
        .orderBy('destination_id')
        .limit(size)
        .$narrowType<{ sealed_credentials: Buffer }>()
        .execute();
      return rows.map((row) => ({
        destinationId: parseDestinationId(row.destination_id),
        sealed: row.sealed_credentials,
      }));
    });
  }

  override reseal(tenant: TenantId, destination: DestinationId, before: Buffer, now: Buffer): Promise<boolean> {
    return this.database.inTenant(tenant, async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable('destinations')
        .set({ sealed_credentials: now })
        .where('tenant_id', '=', tenant)
        .where('destination_id', '=', destination)
        .where('sealed_credentials', '=', before)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    });
  }

  override list(tenant: TenantId): Promise<readonly DestinationRow[]> {
    return this.database.inTenant(tenant, async (tx) => {
      const rows = await tx
        .selectFrom('destinations')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .orderBy('created_at')
        .execute();
      return rows.map(destinationFrom);
    });
  }

  override vaultsAt(tenant: TenantId, destination: DestinationId): Promise<readonly VaultThere[]> {
    return this.database.inTenant(tenant, (tx) => vaultsOf(tx, tenant, destination));
  }

  override change(
    tenant: TenantId,
    destination: DestinationId,
    read: { readonly version: number; readonly vaults: readonly VaultId[] },
    { displayName, settingsJson, sealedCredentials }: DestinationChange,
  ): Promise<DestinationRow> {
    return this.database.inTenant(tenant, async (tx) => {
      const { version } = await lockedRowOf(tx, tenant, destination);
      const vaults = (await vaultsOf(tx, tenant, destination)).map(({ vaultId }) => vaultId);
      if (version !== read.version || vaults.some((vault) => !read.vaults.includes(vault)))
        throw new AppError(
          'CONFLICT',
          'The destination was changed, or given to another vault, since you read it. Read it again and repeat your change.',
          { context: { destinationId: destination, version: read.version } },
        );
      const row = await tx
        .updateTable('destinations')
        .set({
          display_name: displayName,
          settings: settingsJson,
          version: version + 1,
          ...(sealedCredentials && { sealed_credentials: sealedCredentials }),
        })
        .where('tenant_id', '=', tenant)
        .where('destination_id', '=', destination)
        .returningAll()
        .executeTakeFirstOrThrow();
      return destinationFrom(row);
    });
  }

  override delete(tenant: TenantId, destination: DestinationId): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await lockedRowOf(tx, tenant, destination);
      const [vault] = await vaultsOf(tx, tenant, destination);
      if (vault)
        throw new AppError('FAILED_PRECONDITION', 'A vault lies at this destination. Delete what uses it first.', {
          context: { destinationId: destination, vaultId: vault.vaultId },
        });
      await tx
        .deleteFrom('destinations')
        .where('tenant_id', '=', tenant)
        .where('destination_id', '=', destination)
        .execute();
    });
  }
}

/** Whoever gives a destination to a vault shares this lock. */
async function lockedRowOf(tx: Transaction<AuthSchema>, tenant: TenantId, destination: DestinationId): Promise<Row> {
  await sql`
    select from destinations where tenant_id = ${tenant} and destination_id = ${destination} for update`.execute(tx);
  return rowOf(tx, tenant, destination);
}

async function vaultsOf(
  tx: Transaction<AuthSchema>,
  tenant: TenantId,
  destination: DestinationId,
): Promise<readonly VaultThere[]> {
  const rows = await tx
    .selectFrom('vaults')
    .select(['vault_id', 'header'])
    .where('tenant_id', '=', tenant)
    .where(sql<boolean>`${destination}::uuid = any(destination_ids)`)
    .orderBy('vault_id')
    .execute();
  return rows.map(({ vault_id, header }) => ({ vaultId: parseVaultId(vault_id), header }));
}

async function rowOf(tx: Transaction<AuthSchema>, tenant: TenantId, destination: DestinationId): Promise<Row> {
  const row = await tx
    .selectFrom('destinations')
    .selectAll()
    .where('tenant_id', '=', tenant)
    .where('destination_id', '=', destination)
    .executeTakeFirst();
  if (row) return row;
  throw new AppError('NOT_FOUND', `There is no destination ${destination}.`, {
    context: { destinationId: destination },
  });
}

function destinationFrom(row: Row): DestinationRow {
  return {
    tenantId: parseTenantId(row.tenant_id),
    destinationId: parseDestinationId(row.destination_id),
    displayName: row.display_name,
    kind: row.kind,
    settingsJson: JSON.stringify(row.settings),
    createdAtMs: row.created_at.getTime(),
    version: row.version,
  };
}

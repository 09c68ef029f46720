import { AppError, parseDestinationId, parseTenantId, type DestinationId, type TenantId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql, type Selectable, type Transaction } from 'kysely';
import { Destinations, type DestinationRow } from '../../app/destinations.port.js';
import type { AuthSchema, AuthSweep } from './auth-database.js';

type Row = Selectable<AuthSchema['destinations']>;

@Injectable()
export class PostgresDestinations extends Destinations {
  constructor(private readonly database: Database<AuthSchema, AuthSweep>) {
    super();
  }

  override create(
    destination: Omit<DestinationRow, 'createdAtMs'>,
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

  override delete(tenant: TenantId, destination: DestinationId): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await rowOf(tx, tenant, destination);
      // Whoever gives it to a vault shares this lock.
      await sql`
        select from destinations where tenant_id = ${tenant} and destination_id = ${destination} for update`.execute(
        tx,
      );
      const vault = await tx
        .selectFrom('vaults')
        .select('vault_id')
        .where('tenant_id', '=', tenant)
        .where(sql<boolean>`${destination}::uuid = any(destination_ids)`)
        .executeTakeFirst();
      if (vault)
        throw new AppError('FAILED_PRECONDITION', 'A vault lies at this destination. Delete what uses it first.', {
          context: { destinationId: destination, vaultId: vault.vault_id },
        });
      await tx
        .deleteFrom('destinations')
        .where('tenant_id', '=', tenant)
        .where('destination_id', '=', destination)
        .execute();
    });
  }
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
  };
}

import { AppError, parseTenantId, type TenantId } from '@holdfast/kernel';
import { Database, isUniqueViolation } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql, type Selectable, type Transaction } from 'kysely';
import { Tenants, type StoredCredential, type Tenant, type TenantSize } from '../../app/tenants.port.js';
import type { AuthSchema, AuthSweep } from './auth-database.js';

type Row = Selectable<AuthSchema['tenants']>;

@Injectable()
export class PostgresTenants extends Tenants {
  constructor(private readonly database: Database<AuthSchema, AuthSweep>) {
    super();
  }

  override async create(
    tenant: Pick<Tenant, 'tenantId' | 'displayName' | 'directoryId' | 'clientId' | 'cloud'>,
    credential: StoredCredential,
  ): Promise<Tenant> {
    try {
      return await this.database.inTenant(tenant.tenantId, async (tx) =>
        tenantFrom(
          await tx
            .insertInto('tenants')
            .values({
              tenant_id: tenant.tenantId,
              display_name: tenant.displayName,
              directory_id: tenant.directoryId,
              client_id: tenant.clientId,
              cloud: tenant.cloud,
              ...credentialColumns(credential),
            })
            .returningAll()
            .executeTakeFirstOrThrow(),
        ),
      );
    } catch (error) {
      if (isUniqueViolation(error, 'tenants_pkey'))
        throw new AppError('ALREADY_EXISTS', 'A tenant has this id already.', { context: { field: 'tenantId' } });
      if (!isUniqueViolation(error, 'tenants_registered_once')) throw error;
      throw new AppError(
        'ALREADY_EXISTS',
        'This directory is registered with this app already. Change that tenant instead.',
        {
          context: { field: 'directoryId' },
        },
      );
    }
  }

  override get(tenant: TenantId): Promise<Tenant> {
    return this.database.inTenant(tenant, async (tx) => tenantFrom(await rowOf(tx, tenant)));
  }

  override credential(tenant: TenantId): Promise<StoredCredential> {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await rowOf(tx, tenant);
      return {
        kind: row.credential_kind,
        sealed: row.sealed_credential,
        ...(row.credential_expires_at && { expiresAtMs: row.credential_expires_at.getTime() }),
      };
    });
  }

  override async sealedCredentials(after: TenantId | undefined, size: number) {
    const rows = await this.database.acrossTenants('sealed-credentials', (tx) =>
      tx
        .selectFrom('tenants')
        .select(['tenant_id', 'sealed_credential'])
        .$if(after !== undefined, (query) => query.where('tenant_id', '>', after ?? ''))
        .orderBy('tenant_id')
        .limit(size)
        .execute(),
    );
    return rows.map((row) => ({ tenantId: parseTenantId(row.tenant_id), sealed: row.sealed_credential }));
  }

  override reseal(tenant: TenantId, before: Buffer, now: Buffer): Promise<boolean> {
    return this.database.inTenant(tenant, async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable('tenants')
        .set({ sealed_credential: now })
        .where('tenant_id', '=', tenant)
        .where('sealed_credential', '=', before)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    });
  }

  override list(tenants: readonly TenantId[] | undefined): Promise<readonly Tenant[]> {
    return this.database.acrossTenants('list-tenants', async (tx) => {
      const rows = await tx
        .selectFrom('tenants')
        .selectAll()
        .$if(tenants !== undefined, (query) =>
          query.where('tenant_id', '=', sql<string>`any(${tenants ?? []}::uuid[])`),
        )
        .orderBy('created_at')
        .execute();
      return rows.map(tenantFrom);
    });
  }

  override update(
    tenant: TenantId,
    change: { readonly displayName?: string; readonly credential?: StoredCredential },
  ): Promise<Tenant> {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await rowOf(tx, tenant);
      const updated = await tx
        .updateTable('tenants')
        .set({
          display_name: change.displayName ?? row.display_name,
          ...(change.credential && credentialColumns(change.credential)),
        })
        .where('tenant_id', '=', tenant)
        .returningAll()
        .executeTakeFirstOrThrow();
      return tenantFrom(updated);
    });
  }

  override delete(tenant: TenantId): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await rowOf(tx, tenant);
      const vault = await tx.selectFrom('vaults').select('vault_id').where('tenant_id', '=', tenant).executeTakeFirst();
      if (vault)
        throw new AppError(
          'FAILED_PRECONDITION',
          'The tenant has vaults, and without its keys what is backed up could never be opened. Vaults cannot be removed, and stay when their backup sets are deleted. Possible instead: have what they hold deleted on request, then delete the backup sets, revoke the API keys, and withdraw the app’s consent in Microsoft 365.',
          { context: { tenantId: tenant, vaultId: vault.vault_id } },
        );
      await tx.deleteFrom('destinations').where('tenant_id', '=', tenant).execute();
      await tx.deleteFrom('tenants').where('tenant_id', '=', tenant).execute();
    });
  }

  override size(tenant: TenantId): Promise<TenantSize | undefined> {
    return this.database.inTenant(tenant, async (tx) => {
      const { licences, users } = await rowOf(tx, tenant);
      return licences === null || users === null ? undefined : { licences, users };
    });
  }

  override noteSize(tenant: TenantId, size: TenantSize): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await tx
        .updateTable('tenants')
        .set({ licences: size.licences, users: size.users })
        .where('tenant_id', '=', tenant)
        .execute();
    });
  }
}

async function rowOf(tx: Transaction<AuthSchema>, tenant: TenantId): Promise<Row> {
  const row = await tx.selectFrom('tenants').selectAll().where('tenant_id', '=', tenant).executeTakeFirst();
  if (!row) throw new AppError('NOT_FOUND', `There is no tenant ${tenant}.`, { context: { tenantId: tenant } });
  return row;
}

function credentialColumns({ kind, sealed, expiresAtMs }: StoredCredential) {
  return {
    credential_kind: kind,
    sealed_credential: sealed,
    credential_expires_at: expiresAtMs === undefined ? null : new Date(expiresAtMs),
  };
}

function tenantFrom(row: Row): Tenant {
  return {
    tenantId: parseTenantId(row.tenant_id),
    displayName: row.display_name,
    directoryId: row.directory_id,
    clientId: row.client_id,
    cloud: row.cloud,
    credentialKind: row.credential_kind,
    createdAtMs: row.created_at.getTime(),
    ...(row.credential_expires_at && { credentialExpiresAtMs: row.credential_expires_at.getTime() }),
  };
}

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
  Vaults,
  type GenerationKey,
  type SealedVaultRow,
  type VaultRow,
  type VaultSecrets,
} from '../../app/vaults.port.js';
import type { AuthSchema, AuthSweep } from './auth-database.js';

type Row = Selectable<AuthSchema['vaults']>;

@Injectable()
export class PostgresVaults extends Vaults {
  constructor(private readonly database: Database<AuthSchema, AuthSweep>) {
    super();
  }

  override create(
    vault: Omit<VaultRow, 'createdAtMs'>,
    secrets: VaultSecrets & Partial<Pick<SealedVaultRow, 'wrappedUnder'>>,
  ): Promise<VaultRow> {
    return this.database.inTenant(vault.tenantId, async (tx) => {
      const row = await tx
        .insertInto('vaults')
        .values({
          tenant_id: vault.tenantId,
          vault_id: vault.vaultId,
          key_kind: vault.keyKind,
          key_bits: vault.keyBits,
          destination_ids: [...vault.destinationIds],
          generation: vault.generation,
          header: vault.header,
          ...signingColumns(vault.signingKeys),
          sealed_roots: [...secrets.sealedRoots],
          sealed_signing_key: secrets.sealedSigningKey,
          wrapped_under: secrets.wrappedUnder ?? null,
        })
        .onConflict((conflict) => conflict.column('vault_id').doNothing())
        .returningAll()
        .executeTakeFirst();
      if (row) return vaultFrom(row);
      throw new AppError('ALREADY_EXISTS', 'The vault is known to this installation already.', {
        context: { vaultId: vault.vaultId },
      });
    });
  }

  override forget(tenant: TenantId, vault: VaultId): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      for (const table of ['vaults', 'vaults_to_discard'] as const)
        await tx.deleteFrom(table).where('tenant_id', '=', tenant).where('vault_id', '=', vault).execute();
    });
  }

  override noteToDiscard(tenant: TenantId, vault: VaultId): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await tx
        .insertInto('vaults_to_discard')
        .values({ tenant_id: tenant, vault_id: vault })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    });
  }

  override noteKept(tenant: TenantId, vault: VaultId): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await tx.deleteFrom('vaults_to_discard').where('tenant_id', '=', tenant).where('vault_id', '=', vault).execute();
    });
  }

  override async toDiscard(limit: number) {
    const rows = await this.database.acrossTenants('vaults-to-discard', (tx) =>
      tx
        .selectFrom('vaults_to_discard')
        .select(['tenant_id', 'vault_id'])
        // Or before the database's clock went back.
        .where(sql<boolean>`not asked_at between now() - interval '1 minute' and now() + interval '1 minute'`)
        .orderBy('asked_at')
        .limit(limit)
        .execute(),
    );
    return rows.map((row) => ({ tenantId: parseTenantId(row.tenant_id), vaultId: parseVaultId(row.vault_id) }));
  }

  override get(tenant: TenantId, vault: VaultId): Promise<VaultRow> {
    return this.database.inTenant(tenant, async (tx) => vaultFrom(await rowOf(tx, tenant, vault)));
  }

  override find(tenant: TenantId, vault: VaultId): Promise<VaultRow | undefined> {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await tx
        .selectFrom('vaults')
        .selectAll()
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .executeTakeFirst();
      return row && vaultFrom(row);
    });
  }

  override reopen(
    tenant: TenantId,
    vault: VaultId,
    generation: number,
    signingKeys: readonly GenerationKey[],
  ): Promise<VaultRow> {
    return this.database.inTenant(tenant, async (tx) =>
      vaultFrom(
        await tx
          .updateTable('vaults')
          .set({ generation, ...signingColumns(signingKeys) })
          .where('tenant_id', '=', tenant)
          .where('vault_id', '=', vault)
          .returningAll()
          .executeTakeFirstOrThrow(),
      ),
    );
  }

  override setDestinations(
    tenant: TenantId,
    vault: VaultId,
    destinations: readonly DestinationId[],
  ): Promise<VaultRow> {
    return this.database.inTenant(tenant, async (tx) => {
      await rowOf(tx, tenant, vault);
      await lockDestinations(tx, tenant, destinations);
      const row = await tx
        .updateTable('vaults')
        .set({ destination_ids: [...destinations] })
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .returningAll()
        .executeTakeFirstOrThrow();
      return vaultFrom(row);
    });
  }

  override nextRoot(tenant: TenantId, vault: VaultId, sealed: Buffer): Promise<Buffer> {
    return this.database.inTenant(tenant, async (tx) => {
      const row = await tx
        .updateTable('vaults')
        .set({ sealed_next_root: sql<Buffer>`coalesce(sealed_next_root, ${sealed})` })
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .returning('sealed_next_root')
        .executeTakeFirstOrThrow();
      return row.sealed_next_root ?? sealed;
    });
  }

  override async takeNextRoot(tenant: TenantId, vault: VaultId): Promise<void> {
    await this.database.inTenant(tenant, (tx) =>
      tx
        .updateTable('vaults')
        .set({ sealed_roots: sql<Buffer[]>`sealed_roots || sealed_next_root`, sealed_next_root: null })
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('sealed_next_root', 'is not', null)
        .execute(),
    );
  }

  override secrets(tenant: TenantId, vault: VaultId): Promise<VaultSecrets> {
    return this.database.inTenant(tenant, async (tx) => {
      return secretsFrom(await rowOf(tx, tenant, vault));
    });
  }

  override sealedPage(tenant: TenantId, after: VaultId | undefined, size: number): Promise<readonly SealedVaultRow[]> {
    return this.database.inTenant(tenant, async (tx) => {
      const rows = await tx
        .selectFrom('vaults')
        .leftJoin('vaults_to_discard', 'vaults_to_discard.vault_id', 'vaults.vault_id')
        .selectAll('vaults')
        .select('vaults_to_discard.vault_id as discarded')
        .where('vaults.tenant_id', '=', tenant)
        .$if(after !== undefined, (query) => query.where('vaults.vault_id', '>', after ?? ''))
        .orderBy('vaults.vault_id')
        .limit(size)
        .execute();
      return rows.map((row) => ({
        vault: vaultFrom(row),
        secrets: secretsFrom(row),
        wrappedUnder: row.wrapped_under ?? undefined,
        isToDiscard: row.discarded !== null,
      }));
    });
  }

  override reseal(tenant: TenantId, vault: VaultId, before: VaultSecrets, now: VaultSecrets): Promise<boolean> {
    return this.database.inTenant(tenant, async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable('vaults')
        .set({
          sealed_roots: [...now.sealedRoots],
          sealed_next_root: now.sealedNextRoot ?? null,
          sealed_signing_key: now.sealedSigningKey,
        })
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where(isRing(before))
        .where('sealed_signing_key', '=', before.sealedSigningKey)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    });
  }

  override noteWrapped(tenant: TenantId, vault: VaultId, under: string, ring: VaultSecrets): Promise<boolean> {
    return this.database.inTenant(tenant, async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable('vaults')
        .set({ wrapped_under: under })
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where(isRing(ring))
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    });
  }

  override noteOpened(tenant: TenantId, vault: VaultId, actor: string, reason: string): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await tx.insertInto('vault_openings').values({ tenant_id: tenant, vault_id: vault, actor, reason }).execute();
    });
  }
}

async function rowOf(tx: Transaction<AuthSchema>, tenant: TenantId, vault: VaultId): Promise<Row> {
  const row = await tx
    .selectFrom('vaults')
    .selectAll()
    .where('tenant_id', '=', tenant)
    .where('vault_id', '=', vault)
    .executeTakeFirst();
  if (!row) throw new AppError('NOT_FOUND', `There is no vault ${vault}.`, { context: { vaultId: vault } });
  return row;
}

/** Whether a vault's root keys are these, a next one included. */
function isRing({ sealedRoots, sealedNextRoot }: VaultSecrets) {
  return sql<boolean>`sealed_roots = ${[...sealedRoots]}::bytea[]
    and sealed_next_root is not distinct from ${sealedNextRoot ?? null}::bytea`;
}

function secretsFrom(row: Pick<Row, 'sealed_roots' | 'sealed_next_root' | 'sealed_signing_key'>): VaultSecrets {
  return {
    sealedRoots: row.sealed_roots,
    sealedSigningKey: row.sealed_signing_key,
    sealedNextRoot: row.sealed_next_root ?? undefined,
  };
}

/** Keeps destinations from being deleted until the transaction ends. */
async function lockDestinations(
  tx: Transaction<AuthSchema>,
  tenant: TenantId,
  destinations: readonly DestinationId[],
): Promise<void> {
  const rows = await tx
    .selectFrom('destinations')
    .select('destination_id')
    .where('tenant_id', '=', tenant)
    .where('destination_id', 'in', [...destinations])
    .forShare()
    .execute();
  const missing = destinations.find((id) => !rows.some((row) => row.destination_id === id));
  if (missing !== undefined)
    throw new AppError('NOT_FOUND', `There is no destination ${missing}.`, { context: { destinationId: missing } });
}

function vaultFrom(row: Row): VaultRow {
  return {
    tenantId: parseTenantId(row.tenant_id),
    vaultId: parseVaultId(row.vault_id),
    keyKind: row.key_kind,
    keyBits: row.key_bits === 128 ? 128 : 256,
    destinationIds: row.destination_ids.map(parseDestinationId),
    createdAtMs: row.created_at.getTime(),
    generation: row.generation,
    header: row.header,
    signingKeys: [
      ...row.earlier_signing_keys.map(({ generation, publicKey }) => ({
        generation,
        publicKey: Buffer.from(publicKey, 'hex'),
      })),
      { generation: row.generation, publicKey: row.signing_public_key },
    ],
  };
}

function signingColumns(keys: readonly GenerationKey[]) {
  const [present, ...earlier] = keys.toReversed();
  if (!present) throw new Error('a vault has a signing key');
  const shown = earlier.map(({ generation, publicKey }) => ({ generation, publicKey: publicKey.toString('hex') }));
  return { signing_public_key: present.publicKey, earlier_signing_keys: JSON.stringify(shown.toReversed()) };
}

import { AppError, type TenantId, type VaultId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { randomUUID } from 'node:crypto';
import { KeyChanges } from '../../app/key-changes.port.js';
import type { AuthSchema, AuthSweep } from './auth-database.js';

/** Longer than a change can take: a few small objects at each destination, each request bounded. */
const AT_MOST = sql`interval '10 minutes'`;

/** Ended, or begun before the database's clock went back: none ends later than this, one that began a moment after our own look included. */
const hasEnded = sql<boolean>`(key_changes.until <= now() or key_changes.until > now() + ${AT_MOST} + interval '1 minute')`;

@Injectable()
export class PostgresKeyChanges extends KeyChanges {
  constructor(private readonly database: Database<AuthSchema, AuthSweep>) {
    super();
  }

  override async alone<T>(tenant: TenantId, vault: VaultId, work: () => Promise<T>): Promise<T> {
    const change = randomUUID();
    await this.#begin(tenant, vault, change);
    try {
      return await work();
    } finally {
      await this.#end(tenant, vault, change);
    }
  }

  async #begin(tenant: TenantId, vault: VaultId, change: string): Promise<void> {
    const until = sql<Date>`now() + ${AT_MOST}`;
    const row = await this.database.inTenant(tenant, async (tx) => {
      const ours = tx
        .selectFrom('vaults')
        .select('vault_id')
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault);
      if (!(await ours.executeTakeFirst()))
        throw new AppError('NOT_FOUND', `There is no vault ${vault}.`, { context: { vaultId: vault } });
      return tx
        .insertInto('key_changes')
        .values({ tenant_id: tenant, vault_id: vault, change_id: change, until })
        .onConflict((conflict) => conflict.column('vault_id').doUpdateSet({ change_id: change, until }).where(hasEnded))
        .returning('change_id')
        .executeTakeFirst();
    });
    if (row) return;
    throw new AppError(
      'CONFLICT',
      'Another change of this vault’s keys is under way. Wait until it has ended, ten minutes at most, and repeat yours.',
      { context: { vaultId: vault } },
    );
  }

  async #end(tenant: TenantId, vault: VaultId, change: string): Promise<void> {
    await this.database.inTenant(tenant, (tx) =>
      tx
        .deleteFrom('key_changes')
        .where('tenant_id', '=', tenant)
        .where('vault_id', '=', vault)
        .where('change_id', '=', change)
        .execute(),
    );
  }
}

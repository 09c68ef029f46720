import { AppError } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import type { Selectable } from 'kysely';
import { timingSafeEqual } from 'node:crypto';
import { ApiKeys, type ApiKey, type KeyOwner } from '../../app/api-keys.port.js';
import type { Caller } from '../../domain/permissions.js';
import { tenantOf } from '../../app/provider-tenant.js';
import { type GatewaySchema, type GatewaySweep } from './gateway-database.js';

/** Uses are noted this far apart, so that a busy key costs no write a request. */
const USE_NOTED_MS = 60_000;

@Injectable()
export class PostgresApiKeys extends ApiKeys {
  constructor(private readonly database: Database<GatewaySchema, GatewaySweep>) {
    super();
  }

  override async add(owner: KeyOwner, key: ApiKey, secretSha256: string): Promise<void> {
    const row = {
      tenant_id: tenantOf(owner),
      key_id: key.keyId,
      display_name: key.displayName,
      role: key.role,
      tenant_ids: key.tenantIds ? [...key.tenantIds] : null,
      secret_sha256: secretSha256,
      created_by: key.createdBy,
      created_at_ms: key.createdAtMs,
      expires_at_ms: key.expiresAtMs ?? null,
    };
    await this.database.inTenant(tenantOf(owner), (tx) => tx.insertInto('api_keys').values(row).execute());
  }

  override async list(owner: KeyOwner): Promise<readonly ApiKey[]> {
    const rows = await this.database.inTenant(tenantOf(owner), (tx) =>
      tx
        .selectFrom('api_keys')
        .selectAll()
        .where('tenant_id', '=', tenantOf(owner))
        .orderBy('created_at_ms', 'desc')
        .orderBy('key_id')
        .execute(),
    );
    return rows.map(keyFrom);
  }

  override async revoke(owner: KeyOwner, keyId: string, atMs: number): Promise<void> {
    const found = await this.database.inTenant(tenantOf(owner), (tx) =>
      tx
        .updateTable('api_keys')
        .set((eb) => ({ revoked_at_ms: eb.fn.coalesce('revoked_at_ms', eb.val(atMs)) }))
        .where('tenant_id', '=', tenantOf(owner))
        .where('key_id', '=', keyId)
        .executeTakeFirst(),
    );
    if (found.numUpdatedRows === 0n)
      throw new AppError('NOT_FOUND', `There is no API key ${keyId}.`, { context: { keyId } });
  }

  override async revokeAll(owner: KeyOwner, atMs: number): Promise<void> {
    await this.database.inTenant(tenantOf(owner), (tx) =>
      tx
        .updateTable('api_keys')
        .set({ revoked_at_ms: atMs })
        .where('tenant_id', '=', tenantOf(owner))
        .where('revoked_at_ms', 'is', null)
        .execute(),
    );
  }

  override async recognise(keyId: string, secretSha256: string, atMs: number): Promise<Caller | undefined> {
    return this.database.acrossTenants('recognise-key', async (tx) => {
      const row = await tx.selectFrom('api_keys').selectAll().where('key_id', '=', keyId).executeTakeFirst();
      if (!row || !isSame(row.secret_sha256, secretSha256)) return undefined;
      if (!isLiveAt(row, atMs)) return undefined;
      if (row.last_used_at_ms === null || row.last_used_at_ms < atMs - USE_NOTED_MS)
        await tx.updateTable('api_keys').set({ last_used_at_ms: atMs }).where('key_id', '=', keyId).execute();
      return { keyId, role: row.role, ...(row.tenant_ids && { tenantIds: new Set(row.tenant_ids) }) };
    });
  }

  override async isLive(keyId: string, atMs: number): Promise<boolean> {
    return this.database.acrossTenants('recognise-key', async (tx) => {
      const row = await tx.selectFrom('api_keys').selectAll().where('key_id', '=', keyId).executeTakeFirst();
      return row !== undefined && isLiveAt(row, atMs);
    });
  }
}

function isLiveAt(
  { revoked_at_ms, expires_at_ms }: Pick<Selectable<GatewaySchema['api_keys']>, 'revoked_at_ms' | 'expires_at_ms'>,
  atMs: number,
): boolean {
  return revoked_at_ms === null && (expires_at_ms === null || expires_at_ms > atMs);
}

function isSame(known: string, given: string): boolean {
  return known.length === given.length && timingSafeEqual(Buffer.from(known), Buffer.from(given));
}

function keyFrom(row: Selectable<GatewaySchema['api_keys']>): ApiKey {
  return {
    keyId: row.key_id,
    displayName: row.display_name,
    role: row.role,
    ...(row.tenant_ids && { tenantIds: row.tenant_ids }),
    createdBy: row.created_by,
    createdAtMs: row.created_at_ms,
    ...(row.expires_at_ms !== null && { expiresAtMs: row.expires_at_ms }),
    ...(row.last_used_at_ms !== null && { lastUsedAtMs: row.last_used_at_ms }),
    ...(row.revoked_at_ms !== null && { revokedAtMs: row.revoked_at_ms }),
  };
}

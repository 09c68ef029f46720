import type { ResourceId, TenantId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { Injectable } from '@nestjs/common';
import { sql, type Selectable } from 'kysely';
import { type LiveFacts, LiveItems, type LiveQuestion } from '../../app/live-items.port.js';
import type { LiveItemRow, RestoreSchema } from './restore-database.js';

@Injectable()
export class PostgresLiveItems extends LiveItems {
  constructor(private readonly database: Database<RestoreSchema, never>) {
    super();
  }

  override add(tenant: TenantId, planId: string, target: ResourceId, facts: readonly LiveFacts[]): Promise<void> {
    // The last word on an id counts; one statement may not name a row twice.
    const last = new Map(facts.map((fact) => [fact.id, fact]));
    const rows = [...last.values()].map((fact) => ({
      tenant_id: tenant,
      plan_id: planId,
      target_id: target,
      item_id: fact.id,
      is_folder: fact.isFolder,
      parent_id: fact.parentId ?? null,
      origin: fact.origin ?? null,
      change_tag: fact.changeTag ?? null,
      likeness: fact.likeness,
      place: fact.place,
    }));
    return this.database.inTenant(tenant, async (tx) => {
      await tx
        .insertInto('live_items')
        .values(rows)
        .onConflict((conflict) =>
          conflict.columns(['tenant_id', 'plan_id', 'target_id', 'item_id']).doUpdateSet((row) => ({
            is_folder: row.ref('excluded.is_folder'),
            parent_id: row.ref('excluded.parent_id'),
            origin: row.ref('excluded.origin'),
            change_tag: row.ref('excluded.change_tag'),
            likeness: row.ref('excluded.likeness'),
            place: row.ref('excluded.place'),
          })),
        )
        .execute();
    });
  }

  override remove(tenant: TenantId, planId: string, target: ResourceId, id: string, parentId?: string): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      const item = tx
        .deleteFrom('live_items')
        .where('tenant_id', '=', tenant)
        .where('plan_id', '=', planId)
        .where('target_id', '=', target)
        .where('item_id', '=', id);
      await (parentId === undefined ? item : item.where('parent_id', '=', parentId)).execute();
    });
  }

  override find(
    tenant: TenantId,
    planId: string,
    target: ResourceId,
    questions: readonly LiveQuestion[],
  ): Promise<readonly LiveFacts[]> {
    const ids = questions.map(({ itemId }) => itemId).filter((id) => id !== '');
    const places = questions.map(({ place }) => place).filter((place) => place !== '');
    return this.database.inTenant(tenant, async (tx) => {
      // One look by each index: a single condition with `or` would read them all.
      const { rows } = await sql<Selectable<LiveItemRow>>`
        with mine as not materialized (
          select * from live_items
          where tenant_id = ${tenant} and plan_id = ${planId} and target_id = ${target})
        select * from mine where item_id = any(${ids}::text[])
        union select * from mine where origin = any(${ids}::text[])
        union select * from mine where place <> '' and place = any(${places}::text[])`.execute(tx);
      return rows.map((row) => ({
        id: row.item_id,
        isFolder: row.is_folder,
        parentId: row.parent_id ?? undefined,
        origin: row.origin ?? undefined,
        changeTag: row.change_tag ?? undefined,
        likeness: row.likeness,
        place: row.place,
      }));
    });
  }

  override forget(tenant: TenantId, planId: string): Promise<void> {
    return this.database.inTenant(tenant, async (tx) => {
      await tx.deleteFrom('live_items').where('tenant_id', '=', tenant).where('plan_id', '=', planId).execute();
    });
  }
}

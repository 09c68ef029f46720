import type { SetDefinition } from '@holdfast/contracts';
import {
  parseDeletionId,
  parseLegalHoldId,
  type BackupSetId,
  type DeletionId,
  type TenantId,
  type VaultId,
} from '@holdfast/kernel';
import { sql, type Transaction } from 'kysely';
import { idOfSubject, type HeldSubject } from '../../domain/held-subject.js';
import { noteDue } from './note-due.js';
import type { SchedulerSchema } from './schema.js';

/*
 * What keeps a set's data, or keeps data out of it, beyond its settings: legal holds that stand, and approved deletions. A vault is told of
 * them with the set, so that a rebuilt database neither lets go of what is held nor reads again what was deleted.
 */

type Tx = Transaction<SchedulerSchema>;
type Standing = Pick<SetDefinition, 'holds' | 'deletions'>;

/** Holds on accounts and resources are on those of every set, so each set's vault is told of all. */
export async function standingOn(tx: Tx, tenant: TenantId, set: BackupSetId): Promise<Standing> {
  const holds = await tx
    .selectFrom('legal_holds')
    .selectAll()
    .where('tenant_id', '=', tenant)
    .where('lifted_at', 'is', null)
    .where(sql<boolean>`(kind <> 'set' or subject = ${set})`)
    .orderBy('placed_at')
    .execute();
  const deletions = await tx
    .selectFrom('deletions')
    .selectAll()
    .where('tenant_id', '=', tenant)
    .where('backup_set_id', '=', set)
    .where('approved_at', 'is not', null)
    .orderBy('requested_at')
    .execute();
  const approvals = await tx
    .selectFrom('deletion_approvals as a')
    .innerJoin('deletions as d', 'd.deletion_id', 'a.deletion_id')
    .select(['a.deletion_id', 'a.approved_by', 'a.approved_at'])
    .where('a.tenant_id', '=', tenant)
    .where('d.backup_set_id', '=', set)
    .orderBy('a.approved_at')
    .execute();
  const approvedBy = Map.groupBy(approvals, ({ deletion_id }) => deletion_id);
  return {
    holds: holds.map(({ hold_id, kind, subject, reason, placed_by, placed_at }) => ({
      ...{ holdId: parseLegalHoldId(hold_id), kind, subject, reason },
      ...{ placedBy: placed_by, placedAtMs: placed_at.getTime() },
    })),
    deletions: deletions.map(({ deletion_id, kind, subject, reason, requested_by, requested_at, ...row }) => ({
      ...{ deletionId: parseDeletionId(deletion_id), kind, subject, reason },
      ...{ requestedBy: requested_by, requestedAtMs: requested_at.getTime() },
      ...(kind === 'items' && { itemIds: row.item_ids }),
      ...(row.removed_at && { removed: { atMs: row.removed_at.getTime(), resources: [...(row.removed ?? [])] } }),
      approvals: (approvedBy.get(deletion_id) ?? []).map(({ approved_by, approved_at }) => ({
        by: approved_by,
        atMs: approved_at.getTime(),
      })),
    })),
  };
}

/** Has the vaults told of what was placed, lifted or approved: of one set, or of every set of the tenant. */
export async function tellSetsOf(tx: Tx, tenant: TenantId, subject: HeldSubject): Promise<void> {
  // In one order, so that two of these do not wait for each other in a circle.
  let sets = tx.selectFrom('backup_sets').select('backup_set_id').where('tenant_id', '=', tenant);
  if (subject.kind === 'set') sets = sets.where('backup_set_id', '=', idOfSubject(subject));
  for (const { backup_set_id } of await sets.orderBy('backup_set_id').forUpdate().execute()) {
    const { vault_id } = await tx
      .updateTable('backup_sets')
      // A note of a set is put once for each of its versions.
      .set({ version: sql<number>`version + 1` })
      .where('tenant_id', '=', tenant)
      .where('backup_set_id', '=', backup_set_id)
      .returning('vault_id')
      .executeTakeFirstOrThrow();
    await noteDue(tx, { tenantId: tenant, vaultId: vault_id, kind: 'set', id: backup_set_id });
  }
}

interface ReturnedSet {
  readonly tenant: TenantId;
  readonly vault: VaultId;
  readonly set: BackupSetId;
}

/** What is known stays as it is. A deletion that was not done comes back as one that has not begun. */
export async function takeBackStanding(tx: Tx, at: ReturnedSet, { holds, deletions }: Standing): Promise<void> {
  for (const { holdId, kind, subject, reason, placedBy, placedAtMs } of holds)
    await tx
      .insertInto('legal_holds')
      .values({
        ...{ tenant_id: at.tenant, hold_id: holdId, kind, subject, reason },
        ...{ placed_by: placedBy, placed_at: new Date(placedAtMs) },
      })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  for (const deletion of deletions) await takeBackDeletion(tx, at, deletion);
}

async function takeBackDeletion(
  tx: Tx,
  { tenant, vault, set }: ReturnedSet,
  {
    deletionId,
    kind,
    subject,
    reason,
    requestedBy,
    requestedAtMs,
    approvals,
    itemIds,
    removed,
  }: Standing['deletions'][number],
): Promise<void> {
  const last = approvals.at(-1);
  if (!last) return;
  const row = await tx
    .insertInto('deletions')
    .values({
      ...{ tenant_id: tenant, deletion_id: deletionId, backup_set_id: set, vault_id: vault, kind, subject, reason },
      ...{ requested_by: requestedBy, requested_at: new Date(requestedAtMs), approved_at: new Date(last.atMs) },
      ...(itemIds && { item_ids: itemIds }),
      ...(removed && { removed_at: new Date(removed.atMs), removed: JSON.stringify(removed.resources) }),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('deletion_id')
    .executeTakeFirst();
  if (!row) return;
  await tx
    .insertInto('deletion_approvals')
    .values(approvals.map(({ by, atMs }) => approvalRow(tenant, deletionId, by, atMs)))
    .execute();
}

const approvalRow = (tenant: TenantId, deletionId: DeletionId, by: string, atMs: number) => ({
  ...{ tenant_id: tenant, deletion_id: deletionId, approved_by: by },
  approved_at: new Date(atMs),
});

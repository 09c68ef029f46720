import { sql, type Transaction } from 'kysely';
import type { SchedulerSchema } from './schema.js';

/** What a vault is to be told of. */
export interface NewlyDue {
  readonly tenantId: string;
  readonly vaultId: string;
  readonly kind: 'set' | 'job';
  /** Of the set or the job. */
  readonly id: string;
  /** Of a set that is deleted. */
  readonly deletedVersion?: number;
}

/** Notes in the transaction that changes a set or ends a job that its vault has to be told. */
export async function noteDue(tx: Transaction<SchedulerSchema>, due: NewlyDue): Promise<void> {
  const row = {
    vault_id: due.vaultId,
    deleted_version: due.deletedVersion ?? null,
    asked: sql<string>`gen_random_uuid()`,
    attempts: 0,
    not_before: sql<Date>`now()`,
  };
  await tx
    .insertInto('notes_due')
    .values({ tenant_id: due.tenantId, kind: due.kind, id: due.id, ...row })
    .onConflict((conflict) => conflict.columns(['kind', 'id']).doUpdateSet(row))
    .execute();
}

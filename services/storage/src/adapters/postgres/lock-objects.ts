import type { TenantId, VaultId } from '@holdfast/kernel';
import { sql } from 'kysely';
import type { Tx } from './schema.js';

/**
 * To the end of the transaction nobody else notes where these objects lie, or what is due for them. Taken behind the locks of
 * vault-lock.ts and vault-members.ts and before any row that belongs to an object, in one order, so that nobody waits in a circle. Rows that
 * only name an object are not kept waiting.
 */
export async function lockObjects(
  tx: Tx,
  tenant: TenantId,
  vault: VaultId,
  objectNos: readonly number[],
): Promise<void> {
  await sql`
    select from objects
    where tenant_id = ${tenant} and vault_id = ${vault} and object_no = any(${[...objectNos]}::bigint[])
    order by object_no for no key update`.execute(tx);
}

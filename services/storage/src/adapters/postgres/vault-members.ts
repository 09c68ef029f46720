import type { DestinationId, TenantId, VaultId } from '@holdfast/kernel';
import { sql } from 'kysely';
import type { Tx } from './schema.js';

/*
 * The locks of a vault's list of destinations. Whoever needs one takes it before any row of the vault, of its objects or of what is due
 * for them, so that nobody waits in a circle; only the locks of vault-lock.ts come earlier.
 */

/** To the end of the transaction the vault keeps the destination; answers whether it has it. Others share the lock. */
export async function shareMember(
  tx: Tx,
  tenant: TenantId,
  vault: VaultId,
  destination: DestinationId,
): Promise<boolean> {
  const { rows } = await sql`
    select from vault_destinations
    where tenant_id = ${tenant} and vault_id = ${vault} and destination_id = ${destination} for share`.execute(tx);
  return rows.length > 0;
}

/** To the end of the transaction nobody else notes where an object of the vault lies, or changes its destinations. */
export async function lockMembers(tx: Tx, tenant: TenantId, vault: VaultId): Promise<void> {
  await sql`
    select from vault_destinations where tenant_id = ${tenant} and vault_id = ${vault}
    order by destination_id for update`.execute(tx);
  // An added destination has no row yet that could be locked.
  await sql`select from vaults where tenant_id = ${tenant} and vault_id = ${vault} for update`.execute(tx);
}

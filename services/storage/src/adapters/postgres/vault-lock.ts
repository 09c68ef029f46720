import type { VaultId } from '@holdfast/kernel';
import { sql } from 'kysely';
import type { Tx } from './schema.js';

/*
 * An advisory lock, because taking one writes nothing: look-ups come by the thousand, and a row lock would write the vault's row each
 * time. Two vaults whose ids hash alike only wait for each other. Taken before any other lock of the transaction, so that nobody waits
 * in a circle.
 */

/** To the end of the transaction no space freeing decides about the vault: what is seen to be kept in it stays so. */
export async function shareVault(tx: Tx, vault: VaultId): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(hashtextextended(${vault}, 0))`.execute(tx);
}

/** To the end of the transaction nobody looks up, registers, commits or opens a snapshot in the vault. Keep it short. */
export async function lockVault(tx: Tx, vault: VaultId): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${vault}, 0))`.execute(tx);
}

import type { PackName, TenantId } from '@holdfast/kernel';
import { sql } from 'kysely';
import type { StoredSnapshot } from '../../app/snapshots.port.js';
import { fromHex } from './from-hex.js';
import { packsGoneIn } from './packs-gone.js';
import type { Tx } from './schema.js';
import { shareVault } from './vault-lock.js';

/** As {@link Snapshots.giveUp} promises, in the transaction that it comes in. */
export async function giveUpHead(
  tx: Tx,
  tenant: TenantId,
  { vaultId: vault, snapshotId, backupSetId, resourceId, epoch, parent }: StoredSnapshot,
  newPacks: readonly PackName[],
): Promise<boolean> {
  await shareVault(tx, vault);
  const inChain = sql`
    tenant_id = ${tenant} and vault_id = ${vault} and backup_set_id = ${backupSetId} and resource_id = ${resourceId}`;
  const { rows: heads } = await sql`
    select from chains where ${inChain} and head_snapshot_id = ${fromHex(snapshotId)} for update`.execute(tx);
  if (heads.length === 0) return false;
  if ((await packsGoneIn(tx, tenant, vault, { epoch, newPacks }, 1)).length === 0) return false;
  if (parent !== undefined) {
    // A chain has to have something to go on from.
    const { rows } = await sql`select from snapshots where ${inChain} and snapshot_id = ${fromHex(parent)}`.execute(tx);
    if (rows.length === 0) return false;
  }
  // Waits for whoever is making it visible.
  const { numAffectedRows } = await sql`
    delete from snapshots
    where ${inChain} and snapshot_id = ${fromHex(snapshotId)} and committed_at is null`.execute(tx);
  if (numAffectedRows !== 1n) return false;
  await sql`
    update chains set head_snapshot_id = ${parent === undefined ? null : fromHex(parent)} where ${inChain}`.execute(tx);
  return true;
}

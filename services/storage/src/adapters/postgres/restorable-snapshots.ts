import { parseBackupSetId, parseResourceId, parseSnapshotId, type TenantId, type VaultId } from '@holdfast/kernel';
import type { AffectedSnapshot } from '../../app/integrity.port.js';
import { fromHex } from './from-hex.js';
import type { Tx } from './schema.js';

/** Visible snapshots that retention has not let go, with their sealed bytes, in the order of their ids. */
export async function restorableSnapshots(
  tx: Tx,
  { tenant, vault }: { readonly tenant: TenantId; readonly vault: VaultId },
  { after, size }: { readonly after: string; readonly size: number },
): Promise<readonly (AffectedSnapshot & { readonly sealed: Uint8Array })[]> {
  const rows = await tx
    .selectFrom('snapshots')
    .select(['snapshot_id', 'backup_set_id', 'resource_id', 'number', 'sealed'])
    .where('tenant_id', '=', tenant)
    .where('vault_id', '=', vault)
    .where('committed_at', 'is not', null)
    .where('retired_at', 'is', null)
    .where('snapshot_id', '>', fromHex(after))
    .orderBy('snapshot_id')
    .limit(size)
    .execute();
  return rows.map(({ snapshot_id, backup_set_id, resource_id, number, sealed }) => ({
    snapshotId: parseSnapshotId(snapshot_id.toString('hex')),
    backupSetId: parseBackupSetId(backup_set_id),
    resourceId: parseResourceId(resource_id),
    number,
    sealed,
  }));
}

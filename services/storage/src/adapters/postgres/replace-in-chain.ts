import type { SnapshotId, TenantId, VaultId } from '@holdfast/kernel';
import { sql } from 'kysely';
import type { ReplacedSnapshots } from '../../app/retained-chains.port.js';
import type { ChainName } from '../../app/snapshots.port.js';
import { fromHex } from './from-hex.js';
import { noteErasure } from './postgres-erasures.js';
import type { Tx } from './schema.js';
import { shareVault } from './vault-lock.js';

/** As {@link RetainedChains.replace} promises, in the transaction that it comes in. */
export async function replaceInChain(
  tx: Tx,
  tenant: TenantId,
  vault: VaultId,
  { backupSetId, resourceId, jobId, going, standing, explanation }: ChainName & ReplacedSnapshots,
): Promise<boolean> {
  await shareVault(tx, vault);
  const among = (ids: readonly SnapshotId[]) => sql`
    tenant_id = ${tenant} and vault_id = ${vault} and backup_set_id = ${backupSetId} and resource_id = ${resourceId}
    and snapshot_id = any(${ids.map(fromHex)}::bytea[])`;
  const visible = sql`committed_at is not null and retired_at is null`;
  const { rows: seen } = await sql`select from snapshots where ${among(standing)} and ${visible}`.execute(tx);
  const isStanding = seen.length === new Set(standing).size;
  if (isStanding)
    await sql`
      with gone as (
        update snapshots set retired_at = clock_timestamp() where ${among(going)} and ${visible} returning snapshot_id)
      insert into retention_verdicts
        (tenant_id, vault_id, backup_set_id, resource_id, snapshot_id, job_id, stays, explanation)
      select ${tenant}, ${vault}, ${backupSetId}, ${resourceId}, snapshot_id, ${jobId}, false, ${explanation} from gone
      on conflict (vault_id, backup_set_id, snapshot_id) do update
        set job_id = excluded.job_id, stays = false, explanation = excluded.explanation, is_only_locked = false`.execute(
      tx,
    );
  // Retention may have let go some of them before.
  const { rows: gone } = await sql`
    select from snapshots where ${among(going)} and retired_at is not null limit 1`.execute(tx);
  if (gone.length > 0) await noteErasure(tx, tenant, vault);
  return isStanding;
}

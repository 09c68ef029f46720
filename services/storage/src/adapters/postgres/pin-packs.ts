import type { TenantId } from '@holdfast/kernel';
import { sql } from 'kysely';
import type { TaskFence } from '../../app/task-fence.js';
import type { Tx } from './schema.js';

/** A task builds on these packs for its epoch. In ascending order of the numbers, so that two tasks do not wait for each other in a circle. */
export async function pinPacks(
  tx: Tx,
  tenant: TenantId,
  { vaultId, taskId, epoch }: TaskFence,
  packNos: readonly number[],
): Promise<void> {
  if (packNos.length === 0) return;
  const ordered = [...new Set(packNos)].sort((a, b) => a - b);
  await sql`
    insert into pack_pins (tenant_id, vault_id, pack_no, task_id, epoch)
    select ${tenant}::uuid, ${vaultId}::uuid, pack_no, ${taskId}::uuid, ${epoch}::bigint
    from unnest(${ordered}::bigint[]) as known (pack_no)
    on conflict (pack_no, task_id) do update set epoch = excluded.epoch where pack_pins.epoch < excluded.epoch`.execute(
    tx,
  );
}

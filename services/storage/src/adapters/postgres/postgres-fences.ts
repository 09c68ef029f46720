import { AppError, type TenantId } from '@holdfast/kernel';
import { Database } from '@holdfast/platform';
import { decideFence } from '@holdfast/vault';
import { Injectable } from '@nestjs/common';
import { Fences } from '../../app/fences.port.js';
import type { TaskFence } from '../../app/task-fence.js';
import type { StorageSchema, StorageSweep, Tx } from './schema.js';

/** Stands for the set of a task that belongs to none. */
const NO_SET = '00000000-0000-0000-0000-000000000000';

@Injectable()
export class PostgresFences extends Fences {
  constructor(private readonly database: Database<StorageSchema, StorageSweep>) {
    super();
  }

  override async pass(tenant: TenantId, fence: TaskFence): Promise<void> {
    await this.database.inTenant(tenant, (tx) => passFence(tx, tenant, fence));
  }
}

/** GRANT_REFUSED where a higher epoch was seen; a plain look is the rule: only the first call of an epoch writes. */
export async function passFence(tx: Tx, tenant: TenantId, fence: TaskFence): Promise<void> {
  const seen = await epochSeen(tx, tenant, fence);
  const decision = decideFence(seen, fence.epoch);
  if (decision === 'refuse')
    throw new AppError('GRANT_REFUSED', 'Another holder has taken over the task. Lease it again.', {
      context: { taskId: fence.taskId, epoch: fence.epoch, epochSeen: seen ?? 0 },
    });
  if (decision === 'raise') await raise(tx, tenant, fence);
}

async function epochSeen(
  tx: Tx,
  tenant: TenantId,
  { vaultId, backupSetId, resourceId }: TaskFence,
): Promise<number | undefined> {
  const row = await tx
    .selectFrom('chains')
    .select('epoch')
    .where('tenant_id', '=', tenant)
    .where('vault_id', '=', vaultId)
    .where('backup_set_id', '=', backupSetId ?? NO_SET)
    .where('resource_id', '=', resourceId)
    .executeTakeFirst();
  return row?.epoch;
}

async function raise(tx: Tx, tenant: TenantId, fence: TaskFence): Promise<void> {
  const { vaultId, backupSetId, resourceId, epoch } = fence;
  const chain = { tenant_id: tenant, vault_id: vaultId, backup_set_id: backupSetId ?? NO_SET, resource_id: resourceId };
  await tx
    .insertInto('chains')
    .values({ ...chain, epoch, head_snapshot_id: null })
    .onConflict((conflict) =>
      conflict
        .columns(['vault_id', 'backup_set_id', 'resource_id'])
        .doUpdateSet({ epoch })
        .where('chains.epoch', '<', epoch),
    )
    .execute();
  if (fence.isResumed) await keepPins(tx, tenant, fence);
}

/** A task that goes on from a checkpoint builds on what its earlier holders were told as well. */
async function keepPins(tx: Tx, tenant: TenantId, { vaultId, taskId, epoch }: TaskFence): Promise<void> {
  await tx
    .updateTable('pack_pins')
    .set({ epoch })
    .where('tenant_id', '=', tenant)
    .where('vault_id', '=', vaultId)
    .where('task_id', '=', taskId)
    .where('epoch', '<', epoch)
    .execute();
}

import { budgetFenced } from '@holdfast/contracts';
import type { TenantId } from '@holdfast/kernel';
import type { EventBus, Subscription } from '@holdfast/platform';
import type { FenceBoard } from './fence-board.js';

/** Notes on the board what Microsoft asked other processes to leave alone; of one tenant, where a worker is bound to it. */
export function hearFences(bus: EventBus, fences: FenceBoard, tenant?: TenantId): Promise<Subscription> {
  const options = tenant === undefined ? {} : { only: { tenantId: tenant } };
  return bus.hear(budgetFenced, options, ({ tenantId, bucket, mailbox }) => {
    fences.recall(tenantId, bucket === 'all' ? 'all' : { bucket, mailbox });
  });
}

import type { TenantId } from '@holdfast/kernel';
import type { TaskFence } from './task-fence.js';

/** Remembers the highest epoch seen for each chain of snapshots. */
export abstract class Fences {
  /** GRANT_REFUSED where a higher epoch was seen: another holder has taken over. Safe to repeat. */
  abstract pass(tenant: TenantId, fence: TaskFence): Promise<void>;
}

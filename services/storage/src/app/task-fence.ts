import type { GrantClaims } from '@holdfast/contracts';
import type { BackupSetId, ResourceId, TaskId, VaultId } from '@holdfast/kernel';

/** The part of a grant that orders writers: of two for the same chain of snapshots, the higher epoch is right. */
export interface TaskFence {
  readonly vaultId: VaultId;
  /** Absent for a restore, which writes no snapshot. */
  readonly backupSetId: BackupSetId | undefined;
  readonly resourceId: ResourceId;
  readonly taskId: TaskId;
  readonly epoch: number;
  /** The task goes on from a checkpoint of an earlier epoch. */
  readonly isResumed: boolean;
}

export function fenceOf({ vault, set, resource, task, epoch, resumed }: GrantClaims): TaskFence {
  return { vaultId: vault, backupSetId: set, resourceId: resource, taskId: task, epoch, isResumed: resumed === true };
}

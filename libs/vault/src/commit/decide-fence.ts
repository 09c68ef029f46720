import type { SnapshotId } from '@holdfast/kernel';

/** What becomes of a request whose grant bears an epoch. */
export type FenceDecision =
  | 'pass'
  /** Passes, and the chain remembers the epoch. */
  | 'raise'
  /** A later holder has been seen. */
  | 'refuse';

/** Orders the holders of a chain of snapshots: of two, the higher epoch is right. `seen`: the highest so far. */
export function decideFence(seen: number | undefined, epoch: number): FenceDecision {
  if (seen === undefined || seen < epoch) return 'raise';
  return seen === epoch ? 'pass' : 'refuse';
}

/** Whether a task goes on from its checkpoint: what was done on another parent than the head is worthless. */
export function canResume(
  checkpoint: { readonly parent: SnapshotId | undefined },
  head: SnapshotId | undefined,
): boolean {
  return checkpoint.parent === head;
}

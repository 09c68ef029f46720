import type { ResourceId, SnapshotId } from '@holdfast/kernel';

/** A snapshot that is about to be removed. */
export interface SnapshotRemoval {
  readonly snapshotId: SnapshotId;
  /** Place in the chain. */
  readonly number: number;
  /** Start of the job that made it, in milliseconds since the epoch. */
  readonly jobStartedAt: number;
}

/** Tells scheduler under the grant of a deletion task. */
export abstract class Removals {
  /** Before they are removed. FAILED_PRECONDITION where a legal hold is on the resource. Safe to repeat. */
  abstract note(grant: string, resource: ResourceId, snapshots: readonly SnapshotRemoval[]): Promise<void>;
}

import type { JobId, PackName, SnapshotId } from '@holdfast/kernel';
import type { SnapshotHeader } from '../snapshots/snapshot-header.js';

/** A snapshot that asks to become the head of its chain; all of it stands in the sealed header. */
export interface Commit {
  readonly snapshot: SnapshotId;
  readonly parent: SnapshotId | undefined;
  readonly job: JobId;
  readonly epoch: number;
  readonly generation: number;
  readonly number: number;
  readonly newPacks: readonly PackName[];
}

export function commitOf(snapshot: SnapshotId, header: SnapshotHeader): Commit {
  const { parent, job, epoch, generation, number, newPacks } = header;
  return { snapshot, parent, job, epoch, generation, number, newPacks };
}

/** Why a commit can never succeed as it is. */
export type RefusalCause =
  /** A later holder of the task has been seen. */
  | 'epoch'
  /** The vault was rebuilt since, or has not been yet. */
  | 'generation'
  /** Another snapshot is the head of the chain. */
  | 'parent'
  /** The number is not the parent's plus one. */
  | 'number'
  /** A destination holds something else under the snapshot's name: only a rebuild mends that. */
  | 'name-taken';

/** What storage answers to a commit. */
export type CommitAnswer =
  | { readonly is: 'committed'; readonly snapshot: SnapshotId }
  | { readonly is: 'refused'; readonly because: RefusalCause }
  /** The packs are at no destination, or about to be freed: what they held has to be stored anew, and the snapshot sealed anew. */
  | { readonly is: 'packs-needed'; readonly packs: readonly PackName[] }
  /** Nothing is known; asking again is safe. */
  | { readonly is: 'unavailable' };

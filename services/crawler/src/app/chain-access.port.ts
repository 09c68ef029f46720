import type { PackName, SnapshotId } from '@holdfast/kernel';
import type { SigningKey, SnapshotParts, TreeContext, VaultKeys } from '@holdfast/vault';
import type { HeldTask } from '@holdfast/worker';

/** A visible snapshot of a chain. */
export interface ChainSnapshot {
  readonly id: SnapshotId;
  readonly number: number;
  readonly jobId: string;
  /** Milliseconds since the epoch. */
  readonly jobStartedAt: number;
}

/** What a rewriting task holds of its chain and vault while its grant lives. */
export interface ChainAccess {
  readonly context: TreeContext;
  readonly keys: VaultKeys;
  readonly generation: number;
  /** The newest snapshot of the chain, retired or not; undefined where there is none. */
  readonly head: Pick<ChainSnapshot, 'id' | 'number'> | undefined;
  /** The visible ones, in no order. */
  snapshots(): Promise<readonly ChainSnapshot[]>;
  open(snapshot: SnapshotId): Promise<SnapshotParts>;
  newPacks(): readonly PackName[];
  /** Has what was stored so far at a destination. */
  flush(): Promise<void>;
  certify(key: SigningKey): Promise<Uint8Array>;
  commit(sealed: Uint8Array): Promise<SnapshotId>;
  /** Says what is about to be replaced. FAILED_PRECONDITION where a legal hold is on the resource. Safe to repeat. */
  note(snapshots: readonly ChainSnapshot[]): Promise<void>;
  /**
   * Nobody is shown the first any more, since the others stand for them. DEPENDENCY_UNAVAILABLE, and nothing is replaced, where one of these cannot
   * be seen any more, since retention let it go. Safe to repeat.
   */
  replace(snapshots: readonly ChainSnapshot[], standing: readonly SnapshotId[]): Promise<void>;
  /** Gives back what the task held. */
  close(): Promise<void>;
}

/** Opens what a held rewriting task entitles to. */
export abstract class ChainAccesses {
  abstract open(task: HeldTask): Promise<ChainAccess>;
}

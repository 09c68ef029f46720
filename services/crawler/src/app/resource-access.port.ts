import type { RequestTotals } from '@holdfast/graph';
import type { PackName, SnapshotId } from '@holdfast/kernel';
import type { ParentSnapshot, SigningKey, TreeContext, VaultKeys, TaskWriter } from '@holdfast/vault';
import type { HeldTask } from '@holdfast/worker';
import type { WorkloadReader } from '@holdfast/workloads';

/** The newest snapshot of a task's resource. */
export interface Head extends ParentSnapshot {
  readonly number: number;
  readonly jobId: string;
}

/** Items of the newest snapshot that are read anew although they did not change: the vault's copy of them is damaged. */
export interface DamagedItems {
  /** A page of those that nobody has read anew, in the order of their ids, after this one (the empty string before the first). */
  after(id: string): Promise<readonly string[]>;
  /** Read by this task: they count so once it has committed. Safe to repeat. */
  noteRead(ids: readonly string[]): Promise<void>;
}

/** What a task holds of Microsoft and of its vault while its grant lives. */
export interface ResourceAccess {
  readonly reader: WorkloadReader;
  readonly writer: TaskWriter;
  readonly context: TreeContext;
  readonly keys: VaultKeys;
  readonly generation: number;
  /** Undefined before the first snapshot. */
  readonly head: Head | undefined;
  readonly damaged: DamagedItems;
  /** Requests to Microsoft so far. */
  totals(): RequestTotals;
  /** Packs that this process has written to the vault since the task began. */
  newPacks(): readonly PackName[];
  /** A certificate of the vault for this key: resource, epoch and generation are the grant's. */
  certify(key: SigningKey): Promise<Uint8Array>;
  /** Has storage commit the sealed snapshot; COMMIT_REFUSED when another has won, FAILED_PRECONDITION when packs that it names are gone. */
  commit(sealed: Uint8Array): Promise<SnapshotId>;
  /** Gives back what the task held. */
  close(): Promise<void>;
}

/** Opens what a held task entitles to. */
export abstract class ResourceAccesses {
  abstract open(task: HeldTask): Promise<ResourceAccess>;
}

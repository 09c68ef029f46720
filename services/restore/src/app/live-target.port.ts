import type { FolderStep } from '@holdfast/workloads';
import type { ItemKind, ItemRecord } from '@holdfast/vault';
import type { LiveCandidate } from '../domain/plan-step.js';

/** An item to look for at the target. */
export interface Sought {
  /** '' when only the place is asked for. */
  readonly itemId: string;
  readonly record: ItemRecord;
  /** The live folder it would go into; undefined while there is none. */
  readonly folderId: string | undefined;
  readonly name: string;
}

export interface SoughtFolder {
  readonly way: readonly FolderStep[];
  /** The live folder above it; undefined while there is none. */
  readonly parentId: string | undefined;
  /** All goes below it: nothing above it is known. */
  readonly isTop: boolean;
}

/** A live folder. */
export interface FoundFolder {
  readonly id: string;
  readonly changeTag?: string | undefined;
  /** For {@link LiveTarget.digest}; undefined where only its id is known. */
  readonly likeness?: string;
}

/** The target of a restore as it is while a plan is made. Nothing is changed there. */
export interface LiveTarget {
  /** The candidates of each, in the order sought; their likeness is comparable with {@link digest}. */
  find(sought: readonly Sought[]): Promise<readonly (readonly LiveCandidate[])[]>;
  findFolder(folder: SoughtFolder): Promise<FoundFolder | undefined>;
  /** The live folder with this id, wherever it is. */
  findFolderById(id: string, kind: ItemKind): Promise<FoundFolder | undefined>;
  digest(likeness: string): string;
}

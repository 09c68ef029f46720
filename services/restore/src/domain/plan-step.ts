/** What the operator chose for items that exist at the target already. */
export const CONFLICT_POLICIES = ['overwrite', 'skip', 'keep-both'] as const;
export type ConflictPolicy = (typeof CONFLICT_POLICIES)[number];

export const STEP_ACTIONS = ['create-folder', 'create', 'overwrite', 'keep-both', 'skip', 'unchanged'] as const;
export type StepAction = (typeof STEP_ACTIONS)[number];

/** An item of the snapshot, as far as the decision needs it. */
export interface SavedItem {
  readonly itemId: string;
  /** Folder at the target that it goes into; undefined while that folder does not exist. */
  readonly targetFolderId: string | undefined;
  /** Stands for all that a restore gives the item; equal for items that are the same. */
  readonly likeness: string;
  /** The same, for copies that restores made of it. */
  readonly copyLikeness: string;
  /** Its version at the source when it was saved. */
  readonly changeTag?: string;
  /** The cause for which its content is not in the vault. */
  readonly leftOut?: string;
}

/** An item at the target that may be the saved one. */
export interface LiveCandidate {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly likeness: string;
  /** Its version at the source, for conditions. */
  readonly changeTag: string | undefined;
  /** Id of the item that it was restored from. */
  readonly origin: string | undefined;
  /** It has the saved item's name, in a workload where names are unique in a folder. */
  readonly hasSameName: boolean;
}

export type PlannedStep =
  | { readonly do: 'create' }
  | { readonly do: 'overwrite'; readonly live: LiveCandidate }
  | { readonly do: 'keep-both' | 'unchanged'; readonly live?: LiveCandidate }
  | { readonly do: 'skip'; readonly live?: LiveCandidate; readonly cause: string };

/** Cause of a step that the policy leaves out. */
export const EXISTS = 'exists';

/**
 * Decides what restoring one item means. The caller reads the target before and performs the step after, so a dry run is this
 * function and nothing else. What is as it was is never written, whatever the policy.
 */
export function planStep(item: SavedItem, candidates: readonly LiveCandidate[], policy: ConflictPolicy): PlannedStep {
  const live = matchOf(item, candidates);
  if (live && isAsSaved(item, live)) return { do: 'unchanged', live };
  if (item.leftOut !== undefined) return { do: 'skip', cause: item.leftOut };
  if (!live) return { do: 'create' };
  switch (policy) {
    case 'skip':
      return { do: 'skip', live, cause: EXISTS };
    case 'overwrite':
      return { do: 'overwrite', live };
    case 'keep-both': {
      const copy = candidates.find((candidate) => isOurs(item, candidate) && isAsSaved(item, candidate));
      return copy ? { do: 'unchanged', live: copy } : { do: 'keep-both', live };
    }
  }
}

/**
 * The same where an earlier step of the plan gives the place to an item of another source: whatever the policy, neither takes it from
 * the other.
 */
export function besidePlanned(decided: PlannedStep, planned: 'same' | 'other' | undefined): PlannedStep {
  if (planned === undefined || !(decided.do === 'create' || decided.do === 'overwrite')) return decided;
  return { do: planned === 'same' ? 'unchanged' : 'keep-both' };
}

/** Whoever stands in the item's place; else the item itself, wherever it is; else what an earlier restore made of it. */
function matchOf(item: SavedItem, candidates: readonly LiveCandidate[]): LiveCandidate | undefined {
  const inPlace = candidates.find(
    ({ hasSameName, parentId }) => hasSameName && parentId !== undefined && parentId === item.targetFolderId,
  );
  const itself = candidates.find(({ id }) => id === item.itemId);
  const copies = candidates.filter(({ origin }) => origin === item.itemId);
  return inPlace ?? itself ?? copies.find((copy) => isAsSaved(item, copy)) ?? copies[0];
}

function isOurs(item: SavedItem, { id, origin, hasSameName }: LiveCandidate): boolean {
  return id === item.itemId || origin === item.itemId || hasSameName;
}

function isAsSaved(item: SavedItem, live: LiveCandidate): boolean {
  // A version tells more than the fields do: the service gives some of them a while after the change that made them.
  const isUntouched = live.id === item.itemId && item.changeTag !== undefined && live.changeTag === item.changeTag;
  const isAlike =
    isUntouched ||
    live.likeness === item.likeness ||
    (live.origin === item.itemId && live.likeness === item.copyLikeness);
  return isAlike && live.parentId === item.targetFolderId;
}

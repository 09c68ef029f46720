import { isWriting } from './plan-counts.js';
import type { StepAction } from './plan-step.js';

/** Steps of one target that stand alike. */
export interface StepGroup {
  readonly action: StepAction;
  readonly cause: string;
  readonly state: 'planned' | 'doing' | 'done' | 'failed';
  readonly isVerified: boolean;
  readonly items: number;
  readonly bytes: number;
}

export interface Tallied {
  readonly items: number;
  readonly originalBytes: number;
}

/** What a restore did to its target, in the words of a backup's report. */
export interface RestoredCounts {
  readonly newItems: Tallied;
  readonly updated: Tallied;
  readonly unchanged: Tallied;
  readonly skipped: Readonly<Record<string, number>>;
  readonly failed: number;
  /** Planned and neither done nor failed. */
  readonly open: number;
  /** Written, and not found at the target as the snapshot has it. */
  readonly unverified: number;
  readonly contentBytes: number;
}

const NEW: readonly StepAction[] = ['create-folder', 'create', 'keep-both'];

/** Adds the journal of one target up. Failed steps count as owed; a later plan finds them missing still. */
export function restoredCounts(groups: readonly StepGroup[]): RestoredCounts {
  const done = groups.filter(({ state }) => state === 'done');
  const of = (actions: readonly StepAction[]) => tally(done.filter(({ action }) => actions.includes(action)));
  const newItems = of(NEW);
  const updated = of(['overwrite']);
  const skipped: Record<string, number> = {};
  for (const { action, cause, items } of done) if (action === 'skip') skipped[cause] = (skipped[cause] ?? 0) + items;
  return {
    newItems,
    updated,
    unchanged: of(['unchanged']),
    skipped,
    failed: itemsOf(groups.filter(({ state }) => state === 'failed')),
    open: itemsOf(groups.filter(({ state }) => state === 'planned' || state === 'doing')),
    unverified: itemsOf(done.filter(({ action, isVerified }) => isWriting(action) && !isVerified)),
    contentBytes: newItems.originalBytes + updated.originalBytes,
  };
}

/** A step that failed, was never made, or left something else than the snapshot has is an error, and so is what was written without a step; what was skipped stood in the plan, which was shown. */
export function restoreOutcome(
  { failed, open, unverified }: RestoredCounts,
  unexplained: number,
): 'completed' | 'incomplete' {
  return failed + open + unverified + unexplained > 0 ? 'incomplete' : 'completed';
}

function tally(groups: readonly StepGroup[]): Tallied {
  return {
    items: itemsOf(groups),
    originalBytes: groups.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

const itemsOf = (groups: readonly StepGroup[]) => groups.reduce((sum, { items }) => sum + items, 0);

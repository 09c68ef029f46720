import type { StepAction } from './plan-step.js';

/** Steps of one target that stand alike. */
export interface StepGroup {
  readonly action: StepAction;
  readonly cause: string;
  readonly state: 'planned' | 'doing' | 'done' | 'failed';
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
    failed: groups.filter(({ state }) => state === 'failed').reduce((sum, { items }) => sum + items, 0),
    contentBytes: newItems.originalBytes + updated.originalBytes,
  };
}

/** A failed step is an error; what was skipped stood in the plan, which was shown. */
export function restoreOutcome({ failed }: RestoredCounts): 'completed' | 'incomplete' {
  return failed > 0 ? 'incomplete' : 'completed';
}

function tally(groups: readonly StepGroup[]): Tallied {
  return {
    items: groups.reduce((sum, { items }) => sum + items, 0),
    originalBytes: groups.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

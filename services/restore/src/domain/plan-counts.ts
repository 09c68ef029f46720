import type { Quote } from '@holdfast/kernel';
import type { StepAction } from './plan-step.js';

/** What a plan comes to. */
export interface PlanCounts extends Quote {
  readonly createFolders: number;
  readonly create: number;
  readonly overwrite: number;
  readonly keepBoth: number;
  readonly skip: number;
  readonly unchanged: number;
  /** Of the contents that are written. */
  readonly bytes: number;
}

/** Where each action is counted. */
export const COUNT_OF = {
  'create-folder': 'createFolders',
  create: 'create',
  overwrite: 'overwrite',
  'keep-both': 'keepBoth',
  skip: 'skip',
  unchanged: 'unchanged',
} as const satisfies Record<StepAction, keyof PlanCounts>;

/** Actions that write at the target; the others are done when they are planned. */
export const WRITING = ['create-folder', 'create', 'overwrite', 'keep-both'] as const satisfies readonly StepAction[];

export function isWriting(action: StepAction): boolean {
  return WRITING.some((writing) => writing === action);
}

/** Adds steps up, with what they are expected to cost. */
export function countSteps(
  steps: Readonly<Record<StepAction, number>>,
  cost: Quote & Pick<PlanCounts, 'bytes'>,
): PlanCounts {
  const counts = { createFolders: 0, create: 0, overwrite: 0, keepBoth: 0, skip: 0, unchanged: 0, ...cost };
  for (const [action, field] of Object.entries(COUNT_OF)) counts[field] += steps[action as StepAction];
  return counts;
}

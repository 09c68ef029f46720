import type { States } from './states.js';

/** One item that is not as it has to be. */
export interface Fault {
  readonly item: string;
  readonly what: 'missing' | 'never was' | 'wrong' | 'owed';
  readonly saved?: string;
  readonly model: readonly string[];
}

/**
 * Holds a snapshot against the models that the tenant went through while it was taken, in order; one model when it stood still.
 * Every saved item is in a state that it had then, and what existed throughout is there.
 */
export function checkSaved(saved: States, models: readonly States[]): Fault[] {
  const faults: Fault[] = [];
  for (const [item, state] of saved) {
    const model = models.flatMap((states) => states.get(item) ?? []);
    if (model.length === 0) faults.push({ item, what: 'never was', saved: state, model });
    else if (!model.includes(state)) faults.push({ item, what: 'wrong', saved: state, model: [...new Set(model)] });
  }
  const [first, ...later] = models;
  for (const [item, state] of first ?? []) {
    const stayed = later.every((states) => states.has(item));
    if (stayed && !saved.has(item)) faults.push({ item, what: 'missing', model: [state] });
  }
  return faults;
}

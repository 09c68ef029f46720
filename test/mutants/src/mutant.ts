import { Dice } from '@holdfast/oracle';
import { OPERATIONS, type Operation } from './mutation.js';
import type { Stage } from './stage.js';

/** One defect of one stage at one place. */
export interface Mutant {
  /** `stage/operation`, as the option --only takes it. */
  readonly name: string;
  readonly stage: Stage;
  readonly operation: Operation;
  /** Element of the stage that it strikes first, from 0. */
  readonly place: number;
  /** Draws its tenant. */
  readonly seed: number;
}

/** Every operation at every stage, each at a place that the seed draws. */
export function makeMutants(stages: readonly Stage[], seed: number): Mutant[] {
  const dice = new Dice(seed);
  return stages
    .flatMap((stage) => (stage.operations ?? OPERATIONS).map((operation) => ({ stage, operation })))
    .map(({ stage, operation }, number) => {
      const name = `${stage.name}/${operation}`.replaceAll(' ', '-');
      return { name, stage, operation, place: dice.below(name, stage.least), seed: seed * 1_000 + number };
    });
}

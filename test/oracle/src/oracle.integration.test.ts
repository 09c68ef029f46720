import { startSystem, type RunningSystem } from '@holdfast/demo';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { failureText, runSeeds } from './run-seeds.js';

const RUN_MS = 45_000;
const PARALLEL = 4;
const WITHIN_MS = 60_000;
let system: RunningSystem;

beforeAll(async () => {
  system = await startSystem({ seed: 1 });
}, 60_000);
afterAll(() => system.close(), 30_000);

function* numbersFrom(first: number): Generator<number> {
  for (let seed = first; ; seed += 1) yield seed;
}

it(
  'finds in every snapshot what the tenant was then, for as many seeds as fit',
  async () => {
    const failures: string[] = [];
    let passed = 0;
    const onDone = (outcome: Parameters<typeof failureText>[0]) => {
      const failure = failureText(outcome);
      if (failure === undefined) passed += 1;
      else failures.push(failure);
    };
    const signal = AbortSignal.timeout(RUN_MS);
    await runSeeds(system, { seeds: numbersFrom(1), parallel: PARALLEL, withinMs: WITHIN_MS, signal, onDone });
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThan(0);
  },
  RUN_MS + 90_000,
);

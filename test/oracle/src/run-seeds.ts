import { readFidelity, type RunningSystem } from '@holdfast/demo';
import { runSeed, type SeedResult } from './run-seed.js';

export interface SeedRun {
  /** In the order in which they are to be run; may be endless. */
  readonly seeds: Iterator<number>;
  readonly parallel: number;
  /** What a backup may take. */
  readonly withinMs: number;
  /** No seed is begun after it is aborted. */
  readonly signal?: AbortSignal;
  /** Told of each seed when it is done. */
  readonly onDone: (outcome: SeedOutcome) => void;
}

export type SeedOutcome =
  { readonly seed: number; readonly result: SeedResult } | { readonly seed: number; readonly error: unknown };

/** Runs seeds in one system, several at a time. */
export async function runSeeds(
  system: RunningSystem,
  { seeds, parallel, withinMs, signal, onDone }: SeedRun,
): Promise<void> {
  const declared = await readFidelity();
  const lane = async () => {
    while (signal?.aborted !== true) {
      const next = seeds.next();
      if (next.done === true) return;
      const seed = next.value;
      try {
        onDone({ seed, result: await runSeed(system, seed, { declared, withinMs }) });
      } catch (error) {
        onDone({ seed, error });
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, lane));
}

const SHOWN = 5;

/** What went wrong with a seed and how to run it alone; undefined when nothing did. */
export function failureText(outcome: SeedOutcome): string | undefined {
  const again = `Run it alone: pnpm oracle --seeds 1 --from ${outcome.seed}`;
  if ('error' in outcome) {
    return `seed ${outcome.seed}: ${messagesOf(outcome.error).join(': ')}\n${again}`;
  }
  const { faults } = outcome.result;
  if (faults.length === 0) return undefined;
  const lines = faults
    .slice(0, SHOWN)
    .map(({ job, item, what, saved, model }) =>
      [
        `  job "${job}": ${item} ${what}`,
        `    saved ${saved ?? 'nothing'}`,
        ...model.map((state) => `    model ${state}`),
      ].join('\n'),
    );
  return [`seed ${outcome.seed}: ${faults.length} items are not as they were`, ...lines, again].join('\n');
}

/** What happened, and why, from the outside in. */
function messagesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)];
  return [error.message, ...(error.cause === undefined ? [] : messagesOf(error.cause))];
}

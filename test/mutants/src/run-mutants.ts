import type { Mutant } from './mutant.js';
import { type Observation, type Verdict, verdictOn } from './verdict.js';

export interface Outcome {
  readonly caught: number;
  readonly escaped: readonly string[];
}

/** Runs mutant after mutant and says of each what caught it. One that cannot be judged has escaped. */
export async function runMutants(
  mutants: readonly Mutant[],
  attempt: (mutant: Mutant) => Promise<Observation>,
  print: (line: string) => void,
): Promise<Outcome> {
  const escaped: string[] = [];
  for (const mutant of mutants) {
    const verdict = await judgeOne(mutant, attempt);
    if (verdict.is === 'escaped') escaped.push(mutant.name);
    print(`${mutant.name}: ${inWords(verdict)}`);
  }
  return { caught: mutants.length - escaped.length, escaped };
}

async function judgeOne(mutant: Mutant, attempt: (mutant: Mutant) => Promise<Observation>): Promise<Verdict> {
  try {
    return verdictOn(mutant.operation, await attempt(mutant));
  } catch (error) {
    return {
      is: 'escaped',
      because: `the run broke off: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    };
  }
}

function inWords(verdict: Verdict): string {
  return verdict.is === 'caught' ? `caught by the ${verdict.by}: ${verdict.said}` : `ESCAPED: ${verdict.because}`;
}

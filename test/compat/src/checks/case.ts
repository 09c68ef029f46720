import type { Tally } from '../tally.js';

/** One thing that has to hold; it fails by throwing. */
export interface Case {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** Thrown where something does not hold: the text says what was found. */
export class Refuted extends Error {}

/** Runs the cases one after the other and tells of those that fail. */
export async function runCases(cases: readonly Case[], print: (text: string) => void): Promise<Tally> {
  let failed = 0;
  for (const { name, run } of cases) {
    try {
      await run();
    } catch (error) {
      failed += 1;
      print(
        `FAILED ${name}: ${error instanceof Refuted ? error.message : String(error instanceof Error ? error.stack : error)}`,
      );
    }
  }
  return { passed: cases.length - failed, failed };
}

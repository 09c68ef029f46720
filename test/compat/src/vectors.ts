import { runPython } from './python.js';
import type { Tally } from './tally.js';

/** Runs the Python reader's own tests against the format's test vectors. */
export async function readVectors(python: string, print: (text: string) => void): Promise<Tally> {
  const { exitCode, output } = await runPython(python, ['reader_test.py']);
  const counts = /^(?<passed>\d+) passed, (?<failed>\d+) failed$/m.exec(output)?.groups;
  const tally = { passed: Number(counts?.['passed'] ?? 0), failed: Number(counts?.['failed'] ?? 1) };
  if (exitCode === 0 && tally.failed === 0) return tally;
  print(output);
  return { ...tally, failed: Math.max(tally.failed, 1) };
}

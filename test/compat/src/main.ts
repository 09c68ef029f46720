import { isAppError } from '@holdfast/kernel';
import { runCases } from './checks/case.js';
import { goldenCases } from './checks/golden-cases.js';
import { makeGolden } from './make-golden.js';
import { parseCompatOptions, USAGE } from './options.js';
import { readVectors } from './vectors.js';

const print = (text: string) => process.stdout.write(`${text}\n`);

try {
  const options = parseCompatOptions(process.argv.slice(2));
  if (!options) print(USAGE);
  else if (options.make !== undefined) print(await makeGolden(options.make));
  else process.exitCode = await checkAll(options.python);
} catch (error) {
  process.stderr.write(`${isAppError(error) ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = isAppError(error, 'INVALID_ARGUMENT') ? 2 : 1;
}

async function checkAll(python: string): Promise<number> {
  const vectors = await readVectors(python, print);
  const golden = await runCases(await goldenCases(python), print);
  const failed = vectors.failed + golden.failed;
  print(`${vectors.passed + golden.passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

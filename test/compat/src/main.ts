import { isAppError } from '@holdfast/kernel';
import { parseCompatOptions, USAGE } from './options.js';
import { readVectors } from './vectors.js';

const print = (text: string) => process.stdout.write(`${text}\n`);

try {
  const options = parseCompatOptions(process.argv.slice(2));
  if (options) {
    const { passed, failed } = await readVectors(options.python, print);
    print(`${passed} passed, ${failed} failed`);
    process.exitCode = failed === 0 ? 0 : 1;
  } else print(USAGE);
} catch (error) {
  process.stderr.write(`${isAppError(error) ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = isAppError(error, 'INVALID_ARGUMENT') ? 2 : 1;
}

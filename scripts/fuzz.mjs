// fuzz.mjs [--runs N] [--seed N]: throws bad bytes at every parser of what a vault, a destination or Microsoft may give back: N cases
// for each property (200 unless told). A failure prints the seed and the case that shows it.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '200' }, seed: { type: 'string' } } });
if (!/^[1-9]\d*$/.test(values.runs)) throw new Error('--runs has to be a whole number of cases');
const root = resolve(import.meta.dirname, '..');
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    resolve(root, 'node_modules/jest/bin/jest.js'),
    '--testPathPatterns',
    'test/fuzz',
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, FUZZ_RUNS: values.runs, ...(values.seed !== undefined && { FUZZ_SEED: values.seed }) },
  },
);
process.exitCode = status ?? 1;

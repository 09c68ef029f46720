// test.mjs [JEST ARGUMENT ...]: builds (worker threads start from compiled files), runs all tests, says which could not run
// here and why, and ends with the line `N passed, N failed`. With HOLDFAST_REQUIRE_SERVERS=1 a test that cannot run is a failure.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from './build.mjs';
import { keepFilesInMemory } from './files-in-memory.mjs';

const root = resolve(import.meta.dirname, '..');
const areServersRequired = process.env.HOLDFAST_REQUIRE_SERVERS === '1';

function runJest(folder) {
  const output = join(folder, 'results.json');
  const { status } = spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      resolve(root, 'node_modules/jest/bin/jest.js'),
      '--maxWorkers=2',
      '--testTimeout=60000',
      '--json',
      `--outputFile=${output}`,
      ...process.argv.slice(2),
    ],
    // jest prints its JSON to stdout as well, and what a person reads to stderr.
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return existsSync(output) ? { status, results: JSON.parse(readFileSync(output, 'utf8')) } : undefined;
}

/** Skipped tests by the reason in the title of their group. */
function skippedByReason({ testResults }) {
  const counts = new Map();
  const skipped = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'pending' || status === 'todo');
  for (const { ancestorTitles, fullName } of skipped) {
    const reason =
      ancestorTitles.map((title) => /\(skipped: (.*)\)$/.exec(title)?.[1]).find(Boolean) ??
      `no reason given: ${fullName}`;
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return counts;
}

function tell({ status, results }) {
  let failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
  for (const [reason, count] of skippedByReason(results)) {
    console.log(`${areServersRequired ? 'FAILED, not run' : 'not run here'}: ${count} tests: ${reason}`);
    if (areServersRequired) failed += count;
  }
  if (failed === 0 && status !== 0) failed = 1;
  console.log(`${results.numPassedTests} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

// jest hears of it too and ends first; then the folders here go.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
keepFilesInMemory();
await build();
const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
try {
  const ended = runJest(folder);
  if (ended) tell(ended);
  else console.log('The tests were interrupted: nothing is known of those that were left.');
  process.exitCode ??= 1;
} finally {
  rmSync(folder, { recursive: true });
}

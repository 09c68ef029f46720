import { isAppError } from '@holdfast/kernel';
import { explore, type Finding } from './explore.js';
import { MUTATIONS } from './mutations.js';
import { parseModelOptions, USAGE, type ModelOptions } from './options.js';
import { PROTOCOL } from './protocol.js';
import { SCENARIOS } from './scenarios.js';
import { wanderMany } from './wander.js';

const print = (text: string) => process.stdout.write(`${text}\n`);

try {
  const options = parseModelOptions(process.argv.slice(2));
  if (options) process.exitCode = check(options) ? 0 : 1;
  else print(USAGE);
} catch (error) {
  process.stderr.write(`${isAppError(error) ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = isAppError(error, 'INVALID_ARGUMENT') ? 2 : 1;
}

function check(options: ModelOptions): boolean {
  const isSound = exploreAll(options);
  const isSoundByChance = wanderAll(options);
  return findAll(options) && isSound && isSoundByChance;
}

function exploreAll({ maxStates }: ModelOptions): boolean {
  let isSound = true;
  print('every order of events');
  for (const { name, bounds } of SCENARIOS) {
    const taking = seconds();
    const { states, depth, ends, isWhole, finding } = explore(bounds, PROTOCOL, maxStates);
    const extent = isWhole || finding ? '' : ', not all';
    print(`  ${name}: ${states} states${extent}, depth ${depth}, ${ends} ends, ${taking()} s`);
    if (finding) printFinding(finding);
    isSound &&= finding === undefined;
  }
  return isSound;
}

function wanderAll({ schedules, from }: ModelOptions): boolean {
  const taking = seconds();
  const { moves, longest, findings } = wanderMany(from, schedules, PROTOCOL);
  print(`random schedules from seed ${from}: ${schedules}, ${moves} moves, the longest ${longest}, ${taking()} s`);
  for (const { seed, finding } of findings) {
    print(`  seed ${seed}`);
    printFinding(finding);
  }
  return findings.length === 0;
}

function findAll({ hasTraces }: ModelOptions): boolean {
  let caught = 0;
  print('defects put in on purpose');
  for (const { name, bounds, protocol, breaks } of MUTATIONS) {
    const { finding, states } = explore(bounds, protocol);
    const isCaught = finding !== undefined && breaks.test(finding.what);
    if (isCaught) caught += 1;
    print(`  ${name}: ${isCaught ? finding.what : 'NOT CAUGHT'} (${states} states)`);
    if (finding && hasTraces) printFinding(finding);
  }
  print(`${caught} of ${MUTATIONS.length} defects caught`);
  return caught === MUTATIONS.length;
}

function printFinding({ what, schedule }: Finding): void {
  for (const [at, line] of schedule.entries()) print(`    ${String(at + 1).padStart(3)}  ${line}`);
  print(`         ${what}`);
}

/** Seconds since the call, when asked. */
function seconds(): () => string {
  const from = process.hrtime.bigint();
  return () => (Number(process.hrtime.bigint() - from) / 1e9).toFixed(1);
}

import { isAppError } from '@holdfast/kernel';
import { explore, type Finding } from './explore.js';
import { freeingGame } from './freeing/freeing-game.js';
import { MUTATIONS as FREEING_MUTATIONS } from './freeing/mutations.js';
import { RULES } from './freeing/rules.js';
import { boundsFrom as freeingBoundsFrom, SCENARIOS as FREEING_SCENARIOS } from './freeing/scenarios.js';
import type { Game } from './game.js';
import { commitGame } from './moves.js';
import { MUTATIONS } from './mutations.js';
import { parseModelOptions, USAGE, type ModelOptions } from './options.js';
import { PROTOCOL } from './protocol.js';
import type { Random } from './random.js';
import { boundsFrom, SCENARIOS } from './scenarios.js';
import { wanderMany } from './wander.js';

const print = (text: string) => process.stdout.write(`${text}\n`);

/** A protocol with all that is done to it. Worlds of different protocols are of different types, which nobody here looks into. */
interface Checked {
  readonly name: string;
  readonly scenarios: readonly { readonly name: string; readonly game: Game<never> }[];
  readonly drawn: (draw: Random) => Game<never>;
  readonly mutations: readonly { readonly name: string; readonly game: Game<never>; readonly breaks: RegExp }[];
}

const asAny = <World>(game: Game<World>) => game as unknown as Game<never>;

const CHECKED: readonly Checked[] = [
  {
    name: 'commit',
    scenarios: SCENARIOS.map(({ name, bounds }) => ({ name, game: asAny(commitGame(bounds, PROTOCOL)) })),
    drawn: (draw) => asAny(commitGame(boundsFrom(draw), PROTOCOL)),
    mutations: MUTATIONS.map(({ bounds, protocol, ...same }) => ({
      ...same,
      game: asAny(commitGame(bounds, protocol)),
    })),
  },
  {
    name: 'freeing',
    scenarios: FREEING_SCENARIOS.map(({ name, bounds }) => ({ name, game: asAny(freeingGame(bounds, RULES)) })),
    drawn: (draw) => asAny(freeingGame(freeingBoundsFrom(draw), RULES)),
    mutations: FREEING_MUTATIONS.map(({ bounds, rules, ...same }) => ({
      ...same,
      game: asAny(freeingGame(bounds, rules)),
    })),
  },
];

try {
  const options = parseModelOptions(process.argv.slice(2));
  if (options) process.exitCode = check(options) ? 0 : 1;
  else print(USAGE);
} catch (error) {
  process.stderr.write(`${isAppError(error) ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = isAppError(error, 'INVALID_ARGUMENT') ? 2 : 1;
}

function check(options: ModelOptions): boolean {
  const chosen = CHECKED.filter(({ name }) => options.only === undefined || name === options.only);
  return chosen.map((checked) => checkOne(checked, options)).every(Boolean);
}

function checkOne(checked: Checked, options: ModelOptions): boolean {
  print(`== ${checked.name}`);
  const isSound = exploreAll(checked, options);
  const isSoundByChance = wanderAll(checked, options);
  return findAll(checked, options) && isSound && isSoundByChance;
}

function exploreAll({ scenarios }: Checked, { maxStates }: ModelOptions): boolean {
  let isSound = true;
  print('every order of events');
  for (const { name, game } of scenarios) {
    const taking = seconds();
    const { states, depth, ends, isWhole, finding } = explore(game, maxStates);
    const extent = isWhole || finding ? '' : ', not all';
    print(`  ${name}: ${states} states${extent}, depth ${depth}, ${ends} ends, ${taking()} s`);
    if (finding) printFinding(finding);
    isSound &&= finding === undefined;
  }
  return isSound;
}

function wanderAll({ drawn }: Checked, { schedules, from }: ModelOptions): boolean {
  const taking = seconds();
  const { moves, longest, findings } = wanderMany(from, schedules, drawn);
  print(`random schedules from seed ${from}: ${schedules}, ${moves} moves, the longest ${longest}, ${taking()} s`);
  for (const { seed, finding } of findings) {
    print(`  seed ${seed}`);
    printFinding(finding);
  }
  return findings.length === 0;
}

function findAll({ mutations }: Checked, { hasTraces }: ModelOptions): boolean {
  let caught = 0;
  print('defects put in on purpose');
  for (const { name, game, breaks } of mutations) {
    const { finding, states } = explore(game);
    const isCaught = finding !== undefined && breaks.test(finding.what);
    if (isCaught) caught += 1;
    print(`  ${name}: ${isCaught ? finding.what : 'NOT CAUGHT'} (${states} states)`);
    if (finding && hasTraces) printFinding(finding);
  }
  print(`${caught} of ${mutations.length} defects caught`);
  return caught === mutations.length;
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

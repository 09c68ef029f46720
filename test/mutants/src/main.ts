import { readFidelity, stopOnSignal } from '@holdfast/demo';
import { isAppError, SystemClock } from '@holdfast/kernel';
import { makeMutants, type Mutant } from './mutant.js';
import { chosen, type MutantOptions, parseMutantOptions, USAGE } from './options.js';
import { runMutant, runOnce, type World } from './run-mutant.js';
import { runMutants } from './run-mutants.js';
import { STAGES } from './stages/all-stages.js';
import { Switchboard } from './switchboard.js';
import { startMutableSystem } from './system.js';

const print = (text: string) => process.stdout.write(`${text}\n`);

try {
  const options = parseMutantOptions(process.argv.slice(2));
  if (options) process.exitCode = await main(options);
  else print(USAGE);
} catch (error) {
  process.stderr.write(`${isAppError(error) ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = isAppError(error, 'INVALID_ARGUMENT') ? 2 : 1;
}

async function main(options: MutantOptions): Promise<number> {
  const { seed, isListed } = options;
  const mutants = chosen(makeMutants(STAGES, seed), options);
  if (!isListed) return attack(mutants, seed);
  for (const { name } of mutants) print(name);
  return 0;
}

async function attack(mutants: readonly Mutant[], seed: number): Promise<number> {
  const starting = startMutableSystem(seed);
  void stopOnSignal(starting);
  const system = await starting;
  const board = new Switchboard();
  board.open(STAGES);
  try {
    const world = { system, board, declared: await readFidelity() };
    const clock = new SystemClock();
    const isSound = await runUnharmed(world, seed);
    const startedAt = clock.now();
    const { caught, escaped } = await runMutants(mutants, (mutant) => runMutant(world, mutant), print);
    if (escaped.length > 0)
      print(`Escaped: ${escaped.join(', ')}. One alone: pnpm mutants --seed ${seed} --only ${escaped[0]}`);
    print(`${((clock.now() - startedAt) / 1000 / mutants.length).toFixed(1)} s a mutant`);
    print(`${caught} of ${mutants.length} mutants caught`);
    return isSound && escaped.length === 0 ? 0 : 1;
  } finally {
    board.close();
    await system.close();
  }
}

/** Without a mutant nothing may be told, neither by the ledger nor by the bytes; and every stage has to pass what the places need. */
async function runUnharmed(world: World, seed: number): Promise<boolean> {
  const all = makeMutants(STAGES, seed + 1);
  const told: string[] = [];
  for (const phase of ['backup', 'restore'] as const) {
    const mutant = all.find(({ stage }) => stage.phase === phase);
    if (!mutant) continue;
    const { ledger, bytes } = await runOnce(world, mutant, false);
    told.push(...ledger, ...bytes);
  }
  for (const { name, least, needs } of STAGES)
    if (needs === undefined && world.board.passed(name) < least)
      told.push(`only ${world.board.passed(name)} elements passed the stage ${name}`);
  for (const line of told) print(`unharmed: ${line}`);
  print(told.length === 0 ? 'unharmed: green' : 'unharmed: RED');
  return told.length === 0;
}

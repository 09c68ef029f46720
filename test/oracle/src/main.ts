import { type RunningSystem, startSystem, stopOnSignal } from '@holdfast/demo';
import { isAppError, SystemClock } from '@holdfast/kernel';
import { parseOracleOptions, USAGE, type OracleOptions } from './options.js';
import { failureText, runSeeds, type SeedOutcome, type SeedRun } from './run-seeds.js';
import { EMPTY_TALLY, type TalliedRun, withRun } from './tally.js';
import { checkedOutCommit, TallyFile } from './tally-file.js';

const print = (text: string) => process.stdout.write(`${text}\n`);

try {
  const options = parseOracleOptions(process.argv.slice(2));
  if (options) process.exitCode = await oracle(options);
  else print(USAGE);
} catch (error) {
  process.stderr.write(`${isAppError(error) ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = isAppError(error, 'INVALID_ARGUMENT') ? 2 : 1;
}

async function oracle({ seeds, from, parallel, systems: many, withinMs, tally }: OracleOptions): Promise<number> {
  const clock = new SystemClock();
  const file = tally === undefined ? undefined : await TallyFile.open(tally);
  const commit = file ? await checkedOutCommit() : '';
  const starting = startSystems(many, clock);
  const stop = new AbortController();
  void stopOnSignal(starting).then(() => stop.abort());
  const systems = await starting;
  try {
    const startedAt = clock.now();
    let slice = EMPTY_TALLY;
    const run: SeedRun = {
      seeds: Array.from({ length: seeds }, (_, number) => from + number).values(),
      parallel,
      withinMs,
      signal: stop.signal,
      onDone: (outcome) => {
        // Its system was taken away from it: it says nothing.
        if (stop.signal.aborted) return;
        const done = talliedRun(outcome, commit);
        slice = withRun(slice, done);
        file?.add(done);
        print(failureText(outcome) ?? `seed ${outcome.seed}: ok, ${done.items} items`);
      },
    };
    await Promise.all(systems.running.map((system) => runSeeds(system, run)));
    await file?.saved();
    const seconds = (clock.now() - startedAt) / 1000;
    const struck = Object.entries(slice.struck).map(([kind, count]) => `${kind} ${count}`);
    const failed = slice.failures.length;
    print(`Troubles that struck: ${struck.join(', ')}`);
    print(`${slice.runs - failed} passed, ${failed} failed; ${(seconds / slice.runs).toFixed(2)} s a seed`);
    return failed === 0 ? 0 : 1;
  } finally {
    await systems.close();
  }
}

/** Each with a simulator of its own. Whatever the first seed is: a seed's tenant is drawn from the systems' seed, too. */
async function startSystems(many: number, clock: SystemClock) {
  const running: RunningSystem[] = [];
  const close = async () => {
    await Promise.all(running.map((system) => system.close()));
  };
  try {
    while (running.length < many) running.push(await startSystem({ seed: 1, clock }));
  } catch (error) {
    await close();
    throw error;
  }
  return { running, close };
}

function talliedRun(outcome: SeedOutcome, commit: string): TalliedRun {
  const { seed } = outcome;
  const { items, struck } = 'result' in outcome ? outcome.result : { items: 0, struck: new Map<string, number>() };
  return { seed, commit, hasPassed: failureText(outcome) === undefined, items, struck };
}

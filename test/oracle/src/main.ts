import { startSystem, stopOnSignal } from '@holdfast/demo';
import { isAppError, SystemClock } from '@holdfast/kernel';
import { parseOracleOptions, USAGE, type OracleOptions } from './options.js';
import { failureText, runSeeds } from './run-seeds.js';

const print = (text: string) => process.stdout.write(`${text}\n`);

try {
  const options = parseOracleOptions(process.argv.slice(2));
  if (options) process.exitCode = await oracle(options);
  else print(USAGE);
} catch (error) {
  process.stderr.write(`${isAppError(error) ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = isAppError(error, 'INVALID_ARGUMENT') ? 2 : 1;
}

async function oracle({ seeds, from, parallel }: OracleOptions): Promise<number> {
  const clock = new SystemClock();
  // Whatever the first seed is: a seed's tenant is drawn from this one, too.
  const starting = startSystem({ seed: 1, clock });
  void stopOnSignal(starting);
  const system = await starting;
  try {
    const startedAt = clock.now();
    let failed = 0;
    const struck = new Map<string, number>();
    const upTo = Array.from({ length: seeds }, (_, number) => from + number).values();
    await runSeeds(system, {
      seeds: upTo,
      parallel,
      onDone: (outcome) => {
        const failure = failureText(outcome);
        if (failure !== undefined) failed += 1;
        if ('result' in outcome)
          for (const [kind, count] of outcome.result.struck) struck.set(kind, (struck.get(kind) ?? 0) + count);
        print(failure ?? `seed ${outcome.seed}: ok${'result' in outcome ? `, ${outcome.result.items} items` : ''}`);
      },
    });
    const seconds = (clock.now() - startedAt) / 1000;
    print(
      `Troubles that struck: ${[...struck]
        .sort()
        .map(([kind, count]) => `${kind} ${count}`)
        .join(', ')}`,
    );
    print(`${seeds - failed} passed, ${failed} failed; ${(seconds / seeds).toFixed(2)} s a seed`);
    return failed === 0 ? 0 : 1;
  } finally {
    await system.close();
  }
}

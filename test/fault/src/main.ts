import { readFidelity } from '@holdfast/demo';
import { isAppError, SystemClock } from '@holdfast/kernel';
import { missingDocker } from '@holdfast/testkit/containers';
import { type FaultSystem, startFaultSystem } from './fault-system.js';
import { type FaultOptions, parseFaultOptions, USAGE } from './options.js';
import { kindsOf, runSeed } from './run-seed.js';
import { messageOf, told } from './striking.js';

const print = (text: string) => process.stdout.write(`${text}\n`);

try {
  const options = parseFaultOptions(process.argv.slice(2));
  // All that was started is closed; a connection that a strike left half open must not keep the program from its end.
  if (options) process.exit(await faults(options));
  print(USAGE);
} catch (error) {
  process.stderr.write(`${isAppError(error) ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = isAppError(error, 'INVALID_ARGUMENT') ? 2 : 1;
}

async function faults({ seeds, from, only, parallel }: FaultOptions): Promise<number> {
  const missing = missingDocker();
  if (missing !== undefined) throw new Error(missing);
  const clock = new SystemClock();
  const startedAt = clock.now();
  const declared = await readFidelity();
  const counts = { passed: 0, failed: 0, strikes: 0 };
  const numbers = Array.from({ length: seeds }, (_, number) => from + number).values();
  const lane = async () => {
    const first = numbers.next();
    if (first.done === true) return;
    const system = await startFaultSystem();
    try {
      await seedOf(system, first.value);
      for (const seed of numbers) await seedOf(system, seed);
    } finally {
      await system.system.close();
    }
  };
  const seedOf = async (system: FaultSystem, seed: number) => {
    const { name, kinds } = kindsOf(seed, only);
    const why = kinds[0].missing?.();
    if (why !== undefined) {
      counts.failed += 1;
      print(`seed ${seed}, ${name}: cannot strike here: ${why}`);
      return;
    }
    const again = `Run it alone: pnpm faults --seeds 1 --from ${seed}${only === undefined ? '' : ` --only ${only}`}`;
    try {
      const { struck, complaints, items } = await runSeed(system, seed, { declared, only });
      counts.strikes += struck.length;
      counts[complaints.length === 0 ? 'passed' : 'failed'] += 1;
      print(
        complaints.length === 0
          ? `seed ${seed}, ${name}: ok, ${items} items\n${told(struck)}`
          : `seed ${seed}, ${name}: FAILED\n${told(struck)}\n  ${complaints.slice(0, 12).join('\n  ')}\n${again}`,
      );
    } catch (error) {
      counts.failed += 1;
      print(`seed ${seed}, ${name}: FAILED\n  ${messageOf(error)}\n${again}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, seeds) }, lane));
  const seconds = Math.round((clock.now() - startedAt) / 1000);
  print(`${counts.passed} passed, ${counts.failed} failed; ${counts.strikes} strikes in ${seconds} s`);
  return counts.failed === 0 ? 0 : 1;
}

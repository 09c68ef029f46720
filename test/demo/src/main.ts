import { AppError, isAppError, SystemClock } from '@holdfast/kernel';
import { readFidelity } from './fidelity.js';
import { parseDemoOptions, USAGE, type DemoOptions } from './options.js';
import { FIXED_SWITCHES, runDemo } from './run-demo.js';
import { resultJson, resultText } from './show-result.js';
import { stopOnSignal } from './stop-on-signal.js';
import { startSystem, type RunningSystem } from './system.js';

const print = (text: string) => process.stdout.write(`${text}\n`);

try {
  const options = parseDemoOptions(process.argv.slice(2));
  if (options) process.exitCode = await demo(options);
  else print(USAGE);
} catch (error) {
  process.stderr.write(`${isAppError(error) ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = isAppError(error, 'INVALID_ARGUMENT') ? 2 : 1;
}

async function demo(options: DemoOptions): Promise<number> {
  const clock = new SystemClock();
  const startedAt = clock.now();
  const fidelity = await readFidelity();
  const starting = startSystem({ seed: options.seed, clock });
  const interrupted = stopOnSignal(starting);
  const system = await starting;
  try {
    if (!options.isJson) print(introduction(options));
    const say = ({ name, seconds }: { name: string; seconds: number }) => {
      if (!options.isJson) print(`  ${name}: ${seconds.toFixed(1)} s`);
    };
    const cut = interrupted.then(() => {
      throw new AppError('STOPPED', 'The demo was interrupted; what it started is ended.');
    });
    const result = await Promise.race([runDemo({ system, options, clock, say }, fidelity), cut]);
    const seconds = (clock.now() - startedAt) / 1000;
    print(options.isJson ? resultJson(result, { seconds, seed: options.seed }) : `\n${resultText(result)}`);
    if (options.isKept) await keep(system, interrupted);
    return result.verdict.undeclared.length === 0 ? 0 : 1;
  } finally {
    await system.close();
  }
}

function introduction({ seed, users, messages, files }: DemoOptions): string {
  const switches = Object.entries(FIXED_SWITCHES).map(([name, choice]) => `${name}=${choice}`);
  return [
    `A simulated tenant (seed ${seed}): ${users} users with ${messages} messages and ${files} files each.`,
    `Fixed of what Microsoft does not document: ${switches.join(', ')}; all else as the seed drew it.`,
  ].join('\n');
}

/** Stays until somebody ends it. */
async function keep({ url, apiKey, simulatorUrl, folder }: RunningSystem, interrupted: Promise<void>): Promise<void> {
  print(
    `\nHoldfast   ${url}\nAPI key    ${apiKey}\nSimulator  ${simulatorUrl}\nFolder     ${folder}\nEnd it with Ctrl+C.`,
  );
  await interrupted;
}

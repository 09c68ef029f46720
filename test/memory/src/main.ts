import { AppError, isAppError, SystemClock } from '@holdfast/kernel';
import { missingNats } from '@holdfast/testkit/servers';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CASES } from './cases/all-cases.js';
import { Installation } from './installation.js';
import { type ChosenCase, type MemoryOptions, parseMemoryOptions, USAGE } from './options.js';
import type { Recording } from './recording.js';
import { svgChart } from './svg-chart.js';
import { textChart } from './text-chart.js';
import { faultsOf, LIMIT_MIB } from './verdict.js';

const PICTURES = resolve(import.meta.dirname, '../../../docs/memory');

const print = (text: string) => process.stdout.write(`${text}\n`);

/** A signal ends the case that runs; what it measured so far is shown, and the second signal waits for nothing. */
const brokenOff = Promise.withResolvers<undefined>();
let isBrokenOff = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    if (isBrokenOff) process.exit(1);
    isBrokenOff = true;
    brokenOff.resolve(undefined);
  });

async function main({ cases, isDrawn }: MemoryOptions): Promise<number> {
  const missing = missingNats();
  if (missing !== undefined) throw new AppError('INVALID_ARGUMENT', `Nothing can be measured: ${missing}.`);
  let faults = 0;
  for (const chosen of cases) {
    const title = titleOf(chosen);
    print(`\n${title}`);
    const recording = await measure(chosen);
    print(textChart(recording));
    if (isDrawn) await draw(chosen.name, title, recording);
    const found = faultsOf(recording);
    for (const fault of found) print(`FAULT: ${fault}`);
    faults += found.length;
    if (isBrokenOff) return 1;
  }
  print(`\n${cases.length} cases, ${faults} faults`);
  return faults === 0 ? 0 : 1;
}

async function measure({ name, size }: ChosenCase): Promise<Recording> {
  const one = CASES[name];
  const { crawlerTasks } = one;
  const clock = new SystemClock();
  const installation = await Installation.start({
    clock,
    tell: print,
    ...(crawlerTasks !== undefined && { crawlerTasks }),
  });
  try {
    await Promise.race([one.run(installation, size), brokenOff.promise]);
    return await installation.sampler.stop();
  } finally {
    await installation.close();
  }
}

function titleOf({ name, size }: ChosenCase): string {
  return `${name}: ${size.toLocaleString('en')} ${CASES[name].unit}`;
}

async function draw(name: string, title: string, recording: Recording): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  await writeFile(join(PICTURES, `${name}.svg`), svgChart(title, recording, LIMIT_MIB));
}

try {
  const options = parseMemoryOptions(process.argv.slice(2));
  if (options) process.exitCode = await main(options);
  else print(USAGE);
} catch (error) {
  process.stderr.write(`${isAppError(error) ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exitCode = isAppError(error, 'INVALID_ARGUMENT') ? 2 : 1;
}

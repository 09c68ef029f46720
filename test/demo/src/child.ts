import { AppError } from '@holdfast/kernel';
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A program of the repository in a process of its own. */
export interface Child {
  /** The one line of JSON that it printed when it was ready. */
  readonly ready: unknown;
  readonly pid: number;
  /** Asks it to end and waits; ends it hard when it does not within ten seconds. May be called again. */
  stop(): Promise<void>;
}

const STOP_WITHIN_MS = 10_000;
const SHOWN_ERROR_CHARACTERS = 4_000;

/**
 * Starts a compiled program and waits for its line of JSON. It ends with this process at the latest. `hear` gets all that it writes. It gets
 * this process's own flags: `pnpm` starts programs with some that say how they use memory (scripts/process-memory.mjs).
 */
export async function startChild(
  script: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  hear: (text: string) => void = () => undefined,
): Promise<Child> {
  const process_ = spawn(process.execPath, [...process.execArgv, script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  for (const stream of [process_.stdout, process_.stderr]) stream.setEncoding('utf8').on('data', hear);
  const killWithUs = () => process_.kill('SIGKILL');
  process.once('exit', killWithUs);
  const ended = new Promise<void>((resolve) => {
    process_.once('close', () => {
      process.off('exit', killWithUs);
      resolve();
    });
  });
  const stop = () => stopProcess(process_, ended);
  try {
    return { ready: await firstLine(script, process_), pid: process_.pid ?? 0, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function firstLine(script: string, { stdout, stderr }: PipedProcess): Promise<unknown> {
  let complaint = '';
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-SHOWN_ERROR_CHARACTERS);
  });
  return new Promise((resolve, reject) => {
    if (!stdout) return;
    const lines = createInterface(stdout);
    lines.on('line', (line) => {
      if (!line.startsWith('{"')) return;
      resolve(JSON.parse(line));
    });
    lines.once('close', () => {
      reject(new AppError('DEPENDENCY_UNAVAILABLE', `${script} ended before it was ready.\n${complaint}`));
    });
  });
}

type PipedProcess = Pick<ChildProcess, 'stdout' | 'stderr'>;

async function stopProcess(process_: ChildProcess, ended: Promise<void>): Promise<void> {
  if (process_.exitCode === null && process_.signalCode === null) process_.kill('SIGTERM');
  const timer = setTimeout(() => process_.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(timer);
}

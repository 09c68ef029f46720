import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** A long-running process of ours that said where it serves in its first line of output. */
export interface Child {
  readonly process: ChildProcess;
  /** The line, parsed, unchecked. */
  readonly told: unknown;
  stop(): Promise<void>;
}

/** Starts a compiled program under this Node, with the settings of this process (`scripts/process-memory.mjs`); rejects when it ends without a line. */
export async function startChild(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const child = spawn(process.execPath, [...process.execArgv, program, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface(child.stdout);
  const first = await Promise.race([once(lines, 'line'), ended.then(() => undefined)]);
  if (!first) throw new Error(`${program} ended before it served.`);
  return {
    process: child,
    told: JSON.parse(String(first[0])) as unknown,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Processor seconds that a process used so far, those of children that ended included (Linux). */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

/** The most memory that a process ever had, in MiB (Linux). */
export async function peakRssMibOf(pid: number): Promise<number> {
  const [, kib = ''] = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}

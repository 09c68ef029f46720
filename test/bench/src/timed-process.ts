import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a whole process took, its start and its children included. */
export interface TimedProcess {
  readonly wallSeconds: number;
  /** User and system time. */
  readonly cpuSeconds: number;
  readonly stdout: string;
}

/** Runs a command to its end and measures it from outside, by the shell's own `time`; rejects when it fails. */
export async function timedProcess(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<TimedProcess> {
  const script = 'TIMEFORMAT="%R %U %S"; time "$0" "$@"';
  const { stdout, stderr } = await run('bash', ['-c', script, command, ...args], {
    env: { ...process.env, ...environment, LC_ALL: 'C' },
    maxBuffer: 64 * 1024 * 1024,
  });
  const [wall, user, system] = (stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  if (wall === undefined || user === undefined || system === undefined)
    throw new Error(`The shell printed no times for ${command}.`);
  return { wallSeconds: wall, cpuSeconds: user + system, stdout };
}

import { AppError, type Clock } from '@holdfast/kernel';
import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** How long a server whose owner was killed may take to shut down. */
const ORPHAN_MS = 30_000;

/** What a running server says about itself in `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly isReady: boolean;
}

/** Reads `postmaster.pid` of a data folder; undefined when there is none. */
export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0 ? { pid, isReady: lines[7]?.trim() === 'ready' } : undefined;
}

/**
 * Makes a data folder free to start on. After a crash the file may name a process that is gone, or one that has since been
 * given its number; a server that lost its owner is on its way out and is waited for. One that stays belongs to somebody else.
 */
export async function clearStalePostmaster(cluster: string, clock: Clock): Promise<void> {
  const until = clock.now() + ORPHAN_MS;
  for (;;) {
    const postmaster = await readPostmaster(cluster);
    if (!postmaster) return;
    const command = await commandOf(postmaster.pid);
    if (!command.includes('postgres') || !command.includes(cluster)) {
      await rm(join(cluster, 'postmaster.pid'), { force: true });
      return;
    }
    if (clock.now() >= until)
      throw new AppError(
        'FAILED_PRECONDITION',
        'Another process already uses this data folder. Stop it first, or choose another folder.',
        { context: { pid: postmaster.pid } },
      );
    await clock.sleep(100);
  }
}

/** Command line of a process; empty when it is gone. */
async function commandOf(pid: number): Promise<string> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
  } catch {
    if (process.platform === 'linux') return '';
    return run('ps', ['-o', 'command=', '-p', String(pid)]).then(
      ({ stdout }) => stdout,
      () => '',
    );
  }
}

import { execFile } from 'node:child_process';
import { glob, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type TimedProcess, timedProcess } from '../timed-process.js';

const run = promisify(execFile);

/** `restic 0.14.0`; undefined where restic is not installed. */
export async function resticVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await run('restic', ['version']);
    return stdout.split(' ').slice(0, 2).join(' ');
  } catch {
    return undefined;
  }
}

/** One first backup into a new repository, with two processors as ours; making the repository is not counted. */
export async function resticBackup(
  corpus: string,
  work: string,
): Promise<{ readonly took: TimedProcess; readonly storedBytes: number }> {
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const repository = join(work, 'repository');
  const environment = {
    RESTIC_REPOSITORY: repository,
    RESTIC_PASSWORD: 'bench',
    RESTIC_CACHE_DIR: join(work, 'cache'),
    GOMAXPROCS: '2',
  };
  await timedProcess('restic', ['init', '--quiet'], environment);
  await run('sync');
  const took = await timedProcess('restic', ['backup', '--quiet', corpus], environment);
  const storedBytes = await bytesIn(repository);
  await rm(work, { recursive: true, force: true });
  return { took, storedBytes };
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for await (const entry of glob(join(folder, '**'), { withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return bytes;
}

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TimedProcess, timedProcess } from '../timed-process.js';
import { type ChangedCorpus, whileChanged } from './changed-corpus.js';
import { bytesIn, versionOf } from './repository-files.js';

/** What a peer took for the same work as ours. */
export interface PeerRun {
  readonly backup: TimedProcess;
  /** One in a hundred of all has changed. */
  readonly change: TimedProcess;
  /** Everything, into an empty folder. */
  readonly restore: TimedProcess;
  /** All data. */
  readonly verify: TimedProcess;
  readonly storedBytes: number;
}

/** `restic 0.14.0`; undefined where restic is not installed. */
export const resticVersion = () => versionOf('restic', 'version');

/** A first backup into a new repository, its restore, its check and the backup of a change, with two processors as ours; making the repository is not counted. */
export async function resticRun(corpus: ChangedCorpus, work: string): Promise<PeerRun> {
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  const repository = join(work, 'repository');
  const environment = {
    RESTIC_REPOSITORY: repository,
    RESTIC_PASSWORD: 'bench',
    RESTIC_CACHE_DIR: join(work, 'cache'),
    GOMAXPROCS: '2',
  };
  const restic = (...args: string[]): Promise<TimedProcess> =>
    timedProcess('restic', ['--quiet', ...args], environment);
  await restic('init');
  await timedProcess('sync', []);
  const backup = await restic('backup', corpus.folder);
  const storedBytes = await bytesIn(repository);
  const restore = await restic('restore', 'latest', '--target', join(work, 'restored'));
  const verify = await restic('check', '--read-data');
  const change = await whileChanged(corpus, () => restic('backup', corpus.folder));
  await rm(work, { recursive: true, force: true });
  return { backup, change, restore, verify, storedBytes };
}

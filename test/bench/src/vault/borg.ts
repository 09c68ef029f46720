import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type TimedProcess, timedProcess } from '../timed-process.js';
import { type ChangedCorpus, whileChanged } from './changed-corpus.js';
import { bytesIn, versionOf } from './repository-files.js';
import type { PeerRun } from './restic.js';

/** `borg 1.2.4`; undefined where borg is not installed. */
export const borgVersion = () => versionOf('borg', '--version');

/** As {@link file://./restic.ts} has it, by borg with the level of zstd that we use. */
export async function borgRun(corpus: ChangedCorpus, work: string): Promise<PeerRun> {
  await rm(work, { recursive: true, force: true });
  const [repository, restored] = [join(work, 'repository'), join(work, 'restored')];
  await mkdir(restored, { recursive: true });
  const environment = {
    BORG_REPO: repository,
    BORG_PASSPHRASE: 'bench',
    BORG_BASE_DIR: join(work, 'base'),
    BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes',
  };
  const borg = (...args: string[]): Promise<TimedProcess> => timedProcess('borg', args, environment);
  await borg('init', '--encryption', 'repokey-blake2');
  const backup = await borg('create', '--compression', 'zstd,1', '::corpus', corpus.folder);
  const storedBytes = await bytesIn(repository);
  // It restores into the folder that it stands in.
  const script = ['-c', 'cd "$0" && borg extract ::corpus', restored];
  const restore = await timedProcess('bash', script, environment);
  const verify = await borg('check', '--verify-data');
  const change = await whileChanged(corpus, () => borg('create', '--compression', 'zstd,1', '::change', corpus.folder));
  await rm(work, { recursive: true, force: true });
  return { backup, change, restore, verify, storedBytes };
}

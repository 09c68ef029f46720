// Tests write much through to the disk, and one that is busy with something else makes them wait for a minute: their temporary files go to
// memory where there is room.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
const ROOM_BYTES = 8 * 1024 ** 3;
/** Its process and something random. Short: the path of a socket below it has 107 characters. */
const FOLDER = /^holdfast\.(\d+)\.\w+$/;

/** From now on temporary files of this process and of those that it starts are in memory. Who has set TMPDIR wants them there. */
export function keepFilesInMemory() {
  if (process.env.TMPDIR !== undefined || !hasRoom()) return;
  removeAbandoned();
  const folder = mkdtempSync(join(MEMORY, `holdfast.${process.pid}.`));
  // The database server of the tests runs as another user.
  chmodSync(folder, 0o755);
  process.env.TMPDIR = folder;
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
}

function hasRoom() {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ROOM_BYTES;
  } catch {
    return false;
  }
}

/** What a process left there that was ended hard. Room is all that it costs, so what cannot be removed stays. */
function removeAbandoned() {
  for (const name of readdirSync(MEMORY)) {
    const [, pid] = FOLDER.exec(name) ?? [];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const folder = join(MEMORY, name);
    unmountBelow(folder);
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      process.stderr.write(`${folder} was left by a process that is gone and cannot be removed: ${error.message}\n`);
    }
  }
}

/** Small disks of tests, which are file systems of their own. */
function unmountBelow(folder) {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  for (const [, path] of mounts.map((line) => line.split(' ')))
    if (path?.startsWith(`${folder}/`)) spawnSync('umount', ['--lazy', path], { stdio: 'ignore' });
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

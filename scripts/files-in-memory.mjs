// Tests write much through to the disk, and one that is busy with something else makes them wait for a minute: their temporary files go to
// memory where there is room.
import { chmodSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
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

/** What a process left there that was ended hard. */
function removeAbandoned() {
  for (const name of readdirSync(MEMORY)) {
    const [, pid] = FOLDER.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(MEMORY, name), { recursive: true, force: true });
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

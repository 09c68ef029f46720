import { AppError } from '@holdfast/kernel';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Keeps two processes from working on one data folder; a lock whose process is gone is taken over. Answers how to let go. */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(join(folder, 'run'), { recursive: true, mode: 0o700 });
  const file = join(folder, 'run', 'holdfast.pid');
  const owner = Number(await readFile(file, 'utf8').catch(() => '0'));
  if (owner !== process.pid && isAlive(owner))
    throw new AppError(
      'FAILED_PRECONDITION',
      `The data folder ${folder} is in use by process ${owner}. Stop that one first, or choose another folder.`,
      { context: { pid: owner } },
    );
  await writeFile(file, String(process.pid), { mode: 0o600 });
  return () => rm(file, { force: true });
}

function isAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EPERM';
  }
}

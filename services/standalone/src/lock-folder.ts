import { AppError } from '@holdfast/kernel';
import { mkdir, readFile, readlink, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { codeOf, createExclusively } from './create-exclusively.js';

/** More than this many others that take the folder and let it go meanwhile are a reason to give up. */
const ATTEMPTS = 5;

/**
 * Keeps two processes from working on one data folder; a lock whose process is gone is taken over. Answers how to let go.
 * A process number alone is soon another's: the file also names the start of the machine and of the process, where the system tells them (Linux).
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(join(folder, 'run'), { recursive: true, mode: 0o700 });
  const file = join(folder, 'run', 'holdfast.pid');
  const ours = `${process.pid}\n${await startOf(process.pid)}\n`;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    try {
      await createExclusively(file, ours);
      return () => letGo(file, ours);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    await removeIfLeft(folder, file);
  }
  throw new AppError('FAILED_PRECONDITION', `Others start on the data folder ${folder} at this moment. Start again.`);
}

async function letGo(file: string, ours: string): Promise<void> {
  if ((await readIfThere(file)) === ours) await rm(file, { force: true });
}

/** Refuses while the lock's process lives. Of several that find it left, one removes it, and nobody a lock that was made since. */
async function removeIfLeft(folder: string, file: string): Promise<void> {
  const found = await readIfThere(file);
  if (found === undefined) return;
  const [number = '', start = ''] = found.split('\n');
  const owner = Number(number);
  if (owner !== process.pid && (await isAlive(owner, start)))
    throw new AppError(
      'FAILED_PRECONDITION',
      `The data folder ${folder} is in use by process ${owner}. Stop that one first, or choose another folder.`,
      { context: { pid: owner } },
    );
  const left = `${file}.${process.pid}.left`;
  await rename(file, left).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
  const removed = await readIfThere(left);
  await rm(left, { force: true });
  if (removed !== undefined && removed !== found) await createExclusively(file, removed);
}

async function isAlive(pid: number, start: string): Promise<boolean> {
  if (!Number.isSafeInteger(pid) || pid <= 0 || !isThere(pid)) return false;
  // An earlier version wrote the number alone; whoever runs another program than this one is not its owner.
  if (start === '') return isSameProgram(await programOf(pid), await programOf(process.pid));
  return (await startOf(pid)) === start;
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** What tells this process from all others that have its number, before or later; empty where the system does not tell. */
async function startOf(pid: number): Promise<string> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    const fields = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is a program's name, which may hold blanks and brackets; the start is the 22nd.
    const startedAt = fields.slice(fields.lastIndexOf(')') + 2).split(' ')[19] ?? '';
    return `${boot.trim()} ${startedAt}`;
  } catch {
    return '';
  }
}

/** Where the system does not tell, every process that lives counts as the owner. */
const isSameProgram = (one: string, other: string): boolean => one === '' || other === '' || one === other;

/** Empty where the system does not tell. */
async function programOf(pid: number): Promise<string> {
  const program = await readlink(`/proc/${pid}/exe`).catch(() => '');
  return basename(program.replace(/ \(deleted\)$/, ''));
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it where they are missing. Level by level: the recursive `mkdir` of Node never ends where the system denies
 * that a folder which is there can be written (/proc).
 */
export async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return;
  const above = dirname(path);
  if (above !== path && (await isMissing(above))) await makeFolder(above);
  try {
    await mkdir(path);
  } catch (error) {
    // Somebody else has made it meanwhile.
    if (!(await isFolder(path))) throw error;
  }
}

async function isMissing(path: string): Promise<boolean> {
  return stat(path).then(
    () => false,
    (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT',
  );
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}

import { execFile } from 'node:child_process';
import { glob, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Name and version that a program says of itself; undefined where it is not installed. */
export async function versionOf(program: string, argument: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(program, [argument]);
    return stdout.split(' ').slice(0, 2).join(' ').trim();
  } catch {
    return undefined;
  }
}

export async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for await (const entry of glob(join(folder, '**'), { withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
  return bytes;
}

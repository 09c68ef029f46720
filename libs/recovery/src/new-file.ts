import { openSync } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** Files or folders of one name in one folder; one with more is not one that a person made. */
const MOST_OF_A_NAME = 100_000;

/** A new file of that name, or of the first free one after it: `Budget (2).xlsx` where `Budget.xlsx` is taken. */
export async function newFile(
  folder: string,
  name: string,
): Promise<{ readonly path: string; readonly file: FileHandle }> {
  for (let copy = 1; ; copy += 1) {
    const path = pathOf(folder, name, copy);
    try {
      return { path, file: await open(path, 'wx') };
    } catch (error) {
      if (!isTaken(error) || copy >= MOST_OF_A_NAME) throw error;
    }
  }
}

/** {@link newFile} in the calling thread, which waits for the drive. */
export function newFileNow(folder: string, name: string): { readonly path: string; readonly descriptor: number } {
  for (let copy = 1; ; copy += 1) {
    const path = pathOf(folder, name, copy);
    try {
      return { path, descriptor: openSync(path, 'wx') };
    } catch (error) {
      if (!isTaken(error) || copy >= MOST_OF_A_NAME) throw error;
    }
  }
}

/** A new folder of that name, or of the first free one after it; its path. The folder above it is there. */
export async function newFolder(above: string, name: string): Promise<string> {
  for (let copy = 1; ; copy += 1) {
    const path = pathOf(above, name, copy);
    try {
      await mkdir(path);
      return path;
    } catch (error) {
      if (!isTaken(error) || copy >= MOST_OF_A_NAME) throw error;
    }
  }
}

function pathOf(folder: string, name: string, copy: number): string {
  if (copy === 1) return join(folder, name);
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  return join(folder, `${stem} (${copy})${extension}`);
}

const isTaken = (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST';

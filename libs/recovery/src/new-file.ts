import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** Files of one name in one folder; a folder of more is not one that a person made. */
const MOST_OF_A_NAME = 100_000;

/** A new file of that name, or of the first free one after it: `Budget (2).xlsx` where `Budget.xlsx` is taken. */
export async function newFile(
  folder: string,
  name: string,
): Promise<{ readonly path: string; readonly file: FileHandle }> {
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let copy = 1; ; copy += 1) {
    const path = join(folder, copy === 1 ? name : `${stem} (${copy})${extension}`);
    try {
      return { path, file: await open(path, 'wx') };
    } catch (error) {
      if (!isTaken(error) || copy >= MOST_OF_A_NAME) throw error;
    }
  }
}

const isTaken = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'EEXIST';

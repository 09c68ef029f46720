import { createHash } from 'node:crypto';
import { appendFile, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { GOLDEN, SUMS_FILE } from './golden-folder.js';

/** Adds the files of a golden vault to the committed list, in the form that `sha256sum --check` reads. */
export async function addSums(name: string): Promise<void> {
  const lines = await Promise.all((await filesBelow(name)).map(async (path) => `${await sumOf(path)}  ${path}\n`));
  await appendFile(join(GOLDEN, SUMS_FILE), lines.join(''));
}

/** What differs between the golden vaults and the committed list, file by file. */
export async function changedFiles(): Promise<string[]> {
  const text = await readFile(join(GOLDEN, SUMS_FILE), 'utf8');
  const listed = new Map(
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => [line.slice(66), line.slice(0, 64)]),
  );
  const found = (await filesBelow('.')).filter((path) => path !== SUMS_FILE);
  const changes: string[] = [];
  for (const path of found) {
    const sum = listed.get(path);
    if (sum === undefined) changes.push(`${path} is not in ${SUMS_FILE}`);
    else if (sum !== (await sumOf(path))) changes.push(`${path} was changed`);
  }
  const missing = [...listed.keys()].filter((path) => !found.includes(path));
  return [...changes, ...missing.map((path) => `${path} is gone`)];
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(join(GOLDEN, folder), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(GOLDEN, join(entry.parentPath, entry.name)))
    .sort();
}

async function sumOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(join(GOLDEN, path)))
    .digest('hex');
}

import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { ExpectedFile } from '../golden/expected.js';
import { Refuted } from './case.js';

/** Differences told at most. */
const TOLD = 10;

/**
 * Holds what a restore made against what it ought to make: the same paths, and in every folder the same contents with the same
 * times. Which of two files of one name got the number is not fixed.
 */
export async function requireRestored(folder: string, expected: readonly ExpectedFile[]): Promise<void> {
  const found = await filesIn(folder);
  const differences = [
    ...differencesOf(found, expected, ({ path }) => path),
    ...differencesOf(found, expected, ({ path, ...rest }) => `${dirname(path)}: ${JSON.stringify(rest)}`),
  ];
  if (differences.length > 0) throw new Refuted(['other files came back', ...differences.slice(0, TOLD)].join('\n  '));
}

async function filesIn(folder: string): Promise<ExpectedFile[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.map(async (file) => {
      const content = await readFile(file);
      return {
        path: relative(folder, file),
        bytes: content.byteLength,
        sha256: createHash('sha256').update(content).digest('hex'),
        modifiedAt: Math.round((await stat(file)).mtimeMs),
      };
    }),
  );
}

function differencesOf(
  found: readonly ExpectedFile[],
  expected: readonly ExpectedFile[],
  say: (file: ExpectedFile) => string,
): string[] {
  const counts = new Map<string, number>();
  for (const file of found) counts.set(say(file), (counts.get(say(file)) ?? 0) + 1);
  for (const file of expected) counts.set(say(file), (counts.get(say(file)) ?? 0) - 1);
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([text, count]) => `${count > 0 ? 'extra' : 'missing'}: ${text}`);
}

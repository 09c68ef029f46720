import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const HOLDFAST = resolve(import.meta.dirname, '../../../services/cli/dist/main.js');

/** Runs the command with an empty environment, so that it knows nothing of a server. */
export function holdfast(...line: readonly string[]): Promise<{ readonly code: number; readonly out: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [HOLDFAST, ...line], { env: {}, maxBuffer: 1 << 26 }, (error, out) =>
      done({ code: error ? Number(error.code) : 0, out }),
    );
  });
}

export async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** How often each content lies below, by its SHA-256. */
export async function contentsBelow(root: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const file of await filesBelow(root)) {
    const hash = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    counts.set(hash, (counts.get(hash) ?? 0) + 1);
  }
  return counts;
}

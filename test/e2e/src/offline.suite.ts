import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const HOLDFAST = resolve(import.meta.dirname, '../../../services/cli/dist/main.js');

/** What a command of these tests takes is seconds. */
const TIMEOUT_MS = 60_000;

export interface Printed {
  readonly code: number;
  readonly out: string;
  /** On the standard error. */
  readonly told: string;
}

/** Runs the command with an empty environment, so that it knows nothing of a server. Fails with what it printed where it does not end. */
export function holdfast(...line: readonly string[]): Promise<Printed> {
  const options = { env: {}, maxBuffer: 1 << 26, timeout: TIMEOUT_MS, killSignal: 'SIGKILL' } as const;
  return new Promise((done, fail) => {
    execFile(process.execPath, [HOLDFAST, ...line], options, (error, out, told) => {
      if (error?.killed) fail(new Error(`\`holdfast ${line.join(' ')}\` did not end. It printed:\n${out}${told}`));
      else done({ code: error ? Number(error.code) : 0, out, told });
    });
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

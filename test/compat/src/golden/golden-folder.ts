import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Expected } from './expected.js';

/** Where the golden vaults are committed, each in a folder of its name. */
export const GOLDEN = fileURLToPath(new URL('../../golden', import.meta.url));
/** In such a folder: the place that a backup wrote to, and what readers have to make of it. */
export const VAULT_FOLDER = 'place';
export const EXPECTED_FILE = 'expected.json';
/** Of the one vault at the place. */
export const PREFIX = '0123456789abcdef0123456789abcdef';
export const SUMS_FILE = 'SHA256SUMS';

/** A committed golden vault. */
export interface GoldenVault {
  readonly name: string;
  /** The destination's folder. */
  readonly place: string;
  readonly expected: Expected;
}

export async function readGoldenVaults(): Promise<GoldenVault[]> {
  const entries = await readdir(GOLDEN, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(
    names.sort().map(async (name) => ({
      name,
      place: join(GOLDEN, name, VAULT_FOLDER),
      expected: JSON.parse(await readFile(join(GOLDEN, name, EXPECTED_FILE), 'utf8')) as Expected,
    })),
  );
}

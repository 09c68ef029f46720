import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { CommandFailed } from '../failure.js';

const profile = z.strictObject({
  url: z.url().optional(),
  key: z.string().optional(),
  ca: z.string().optional().describe('Path of a PEM file'),
  tenant: z.string().optional(),
});
/** What `holdfast login` keeps. */
export type Profile = z.infer<typeof profile>;

/** `~/.config/holdfast/config.json`. */
export function profilePath(home: string): string {
  return join(home, '.config', 'holdfast', 'config.json');
}

/** The kept profile, or an empty one. */
export async function readProfile(home: string): Promise<Profile> {
  const file = profilePath(home);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return {};
  }
  const parsed = profile.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new CommandFailed(`${file} is not what \`holdfast login\` writes. Log in again, or remove the file.`);
}

/** Keeps the profile for this user's eyes only: it holds the key. */
export async function writeProfile(home: string, values: Profile): Promise<string> {
  const file = profilePath(home);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(values, undefined, 2)}\n`, { mode: 0o600 });
  await rename(draft, file);
  return file;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

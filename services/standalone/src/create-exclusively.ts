import { constants, copyFile, link, rm, writeFile } from 'node:fs/promises';

/** Writes a file that only this account can read, whole or not at all, and never onto what is there: then it rejects with EEXIST. */
export async function createExclusively(file: string, text: string): Promise<void> {
  const made = `${file}.${process.pid}.new`;
  try {
    await writeFile(made, text, { mode: 0o600, flush: true });
    await linkOrCopy(made, file);
  } finally {
    await rm(made, { force: true });
  }
}

/** Some disks know no links: there a copy may break off half-way. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL);
  }
}

/** The system's name of a failure; empty for what is no failure of the system. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

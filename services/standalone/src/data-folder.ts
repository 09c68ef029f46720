import { AppError } from '@holdfast/kernel';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const CAUSES: Readonly<Record<string, string>> = {
  EEXIST: 'it is a file',
  ENOTDIR: 'a part of its path is a file',
  EACCES: 'this account may not write there',
  EPERM: 'the system lets nobody make folders there',
  EROFS: 'that disk can only be read',
  ENOSPC: 'the disk is full',
};

/** Makes the folder where it is missing; INVALID_CONFIG in words where it cannot be. */
export async function makeDataFolder(folder: string): Promise<void> {
  try {
    await make(folder);
  } catch (cause) {
    const code = typeof cause === 'object' && cause && 'code' in cause ? String(cause.code) : '';
    const why = CAUSES[code] ?? 'the system refuses it';
    throw new AppError('INVALID_CONFIG', `--data ${folder} cannot be used: ${why} (${code}). Name another folder.`, {
      cause,
    });
  }
}

/** Level by level: the recursive `mkdir` of Node never ends where the system denies that a folder which is there can be written (/proc). */
async function make(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  if (dirname(folder) !== folder) await make(dirname(folder));
  await mkdir(folder);
}

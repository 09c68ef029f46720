import { AppError } from '@holdfast/kernel';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../system-code.js';
import { syncFolder } from './sync-folder.js';

const MARK = '.holdfast-destination';
const WORDS =
  'Holdfast keeps backups in this folder. Without this file it takes the folder for a drive that is not mounted.\n';

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return false;
    throw thrown;
  }
}

/** Whether the folder bears our mark; STORE_UNAVAILABLE where the folder itself is missing. */
export async function isMarked(folder: string): Promise<boolean> {
  if (await exists(join(folder, MARK))) return true;
  if (await exists(folder)) return false;
  throw new AppError(
    'STORE_UNAVAILABLE',
    'The destination folder does not exist. Mount its drive or share, or create the folder.',
  );
}

/** Leaves our mark in the folder, which has to exist. Safe to repeat. */
export async function mark(folder: string): Promise<void> {
  if (await isMarked(folder)) return;
  await writeFile(join(folder, MARK), WORDS, { flush: true });
  await syncFolder(folder);
}

/** Fails where the mark is missing: an empty mount point looks like a folder and must not be filled. */
export async function demandMark(folder: string): Promise<void> {
  if (await isMarked(folder)) return;
  throw new AppError(
    'STORE_UNAVAILABLE',
    `The destination folder has lost its mark (${MARK}): its drive or share is probably not mounted. Mount it. If the folder was emptied on purpose, add the destination again.`,
  );
}

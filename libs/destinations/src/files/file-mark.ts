import { AppError } from '@holdfast/kernel';
import { type FileServer } from './file-server.port.js';

const MARK = '.holdfast-destination';
const WORDS = Buffer.from(
  'Holdfast keeps backups in this folder. Without this file it takes the folder for a drive that is not mounted.\n',
);

async function* words(): AsyncGenerator<Uint8Array> {
  yield WORDS;
}

/** Whether the folder bears our mark; STORE_UNAVAILABLE where the folder itself is missing. */
export async function isMarked(server: FileServer, folder: string): Promise<boolean> {
  if (await server.stat(`${folder}/${MARK}`)) return true;
  const found = await server.stat(folder);
  if (found?.isFolder) return false;
  if (found)
    throw new AppError(
      'STORE_REJECTED',
      'The path names a file on the server, not a folder. Give the path of a folder.',
    );
  throw folderMissing();
}

/** The answer to using a folder that is not there. */
export function folderMissing(): AppError {
  return new AppError(
    'STORE_UNAVAILABLE',
    'The folder does not exist on the server, or its drive is not mounted there. Create it, or correct the path.',
  );
}

/** Leaves our mark in the folder, which has to exist. Safe to repeat. */
export async function mark(server: FileServer, folder: string): Promise<void> {
  if (await isMarked(server, folder)) return;
  try {
    await server.write(`${folder}/${MARK}`, words());
  } catch (error) {
    // Somebody else was quicker.
    if (!(await isMarked(server, folder))) throw error;
  }
}

/** Fails where the mark is missing: an empty mount point looks like a folder and must not be filled. */
export async function demandMark(server: FileServer, folder: string): Promise<void> {
  if (await isMarked(server, folder)) return;
  throw new AppError(
    'STORE_UNAVAILABLE',
    `The folder on the server has lost its mark (${MARK}): its drive is probably not mounted there. Mount it. If the folder was emptied on purpose, add the destination again.`,
  );
}

import { AppError, type RandomBytes } from '@holdfast/kernel';
import { readFile, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type Check, type CheckReport, runChecks } from '../check-report.js';
import { named } from './folder-errors.js';
import { isMarked } from './folder-mark.js';
import { type Incoming } from './incoming.js';
import { walkFolder } from './walk-folder.js';

const BYTES = Buffer.from('Holdfast was here to test the destination.\n');

/** Tries in the folder what a backup does. Leaves nothing behind, and no mark. */
export async function checkFolder(folder: string, incoming: Incoming, randomBytes: RandomBytes): Promise<CheckReport> {
  const root = join(folder, 'holdfast-test');
  const name = Buffer.from(randomBytes(16)).toString('hex');
  const path = join(root, name);
  const checks: Check[] = [
    { step: 'folder', run: () => describeFolder(folder) },
    {
      step: 'write',
      run: async () => {
        await incoming.write(path, BYTES, true);
        return 'A file was written and flushed to the drive.';
      },
    },
    { step: 'keep', run: () => overwriteIsRefused(incoming, path) },
    {
      step: 'read',
      run: async () => {
        if (!BYTES.equals(await readFile(path)))
          throw new AppError(
            'STORE_REJECTED',
            'The file reads back with other bytes than were written. Do not use this drive.',
          );
        return 'The file reads back as it was written.';
      },
    },
    {
      step: 'list',
      run: async () => {
        for await (const found of walkFolder(root, name)) if (found.name === name) return 'The file is listed.';
        throw new AppError('STORE_REJECTED', 'The file is not listed after it was written. Use another file system.');
      },
    },
    {
      step: 'delete',
      run: async () => {
        await rm(path);
        return 'The file was deleted.';
      },
    },
  ];
  try {
    return await runChecks(checks.map(({ step, run }) => ({ step, run: () => named(run) })));
  } finally {
    await rm(root, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function describeFolder(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined);
  if (found && !found.isDirectory())
    throw new AppError('STORE_REJECTED', 'The path names a file, not a folder. Give the path of a folder.');
  const marked = await isMarked(folder);
  const { bavail, bsize } = await statfs(folder);
  const free = `${((bavail * bsize) / 1e9).toFixed(1)} GB are free`;
  return marked ? `The folder is there and holds backups already; ${free}.` : `The folder is there; ${free}.`;
}

async function overwriteIsRefused(incoming: Incoming, path: string): Promise<string> {
  try {
    await incoming.write(path, BYTES, true);
  } catch (error) {
    if (error instanceof AppError && error.code === 'OBJECT_EXISTS')
      return 'A second file of the same name is refused.';
    throw error;
  }
  throw new AppError('STORE_REJECTED', 'A second file of the same name replaced the first. Use another file system.');
}

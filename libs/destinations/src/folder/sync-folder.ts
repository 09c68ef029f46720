import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../system-code.js';

/** What network and foreign file systems answer to fsync of a folder; they order their own metadata. */
const CANNOT_SYNC = new Set(['EINVAL', 'ENOTSUP', 'EPERM', 'EISDIR', 'EBADF']);

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (thrown) {
    if (!CANNOT_SYNC.has(systemCode(thrown) ?? '')) throw thrown;
  } finally {
    await handle.close();
  }
}

/**
 * Creates `folder` with its parents below `root`, durably; those are paths that {@link join} made. Never `root` itself: where a drive is lost its
 * place would be taken by an empty folder.
 */
export async function makeFolderBelow(root: string, folder: string, mode?: number): Promise<void> {
  if (folder === root) return;
  try {
    await makeOne(folder, mode);
  } catch (thrown) {
    if (systemCode(thrown) !== 'ENOENT' || dirname(folder) === root) throw thrown;
    await makeFolderBelow(root, dirname(folder), mode);
    await makeOne(folder, mode);
  }
}

async function makeOne(folder: string, mode: number | undefined): Promise<void> {
  try {
    await mkdir(folder, { mode });
  } catch (thrown) {
    if (systemCode(thrown) === 'EEXIST') return;
    throw thrown;
  }
  await syncFolder(dirname(folder));
}

import { type Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ObjectInfo } from '../destination.port.js';
import { systemCode } from '../system-code.js';
import { type FileEntry, walkFiles } from '../walk-files.js';

/** Every file below `root` whose path from there starts with `prefix`; holds one folder's entries per level in memory. */
export function walkFolder(root: string, prefix: string): AsyncGenerator<ObjectInfo, void, undefined> {
  return walkFiles((below) => entriesOf(join(root, below)), prefix);
}

async function entriesOf(folder: string): Promise<readonly FileEntry[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(absent);
  const found: FileEntry[] = [];
  for (const entry of entries ?? []) {
    const one = await fileEntry(folder, entry);
    if (one) found.push(one);
  }
  return found;
}

/** Undefined for what is neither folder nor file, and for a file that was deleted meanwhile. */
async function fileEntry(folder: string, entry: Dirent): Promise<FileEntry | undefined> {
  const { name } = entry;
  if (entry.isDirectory()) return { name, isFolder: true, bytes: 0 };
  if (!entry.isFile()) return undefined;
  const found = await stat(join(folder, name)).catch(absent);
  return found && { name, isFolder: false, bytes: found.size };
}

function absent(thrown: unknown): undefined {
  if (systemCode(thrown) !== 'ENOENT') throw thrown;
}

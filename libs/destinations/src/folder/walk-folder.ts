import { type Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ObjectInfo } from '../destination.port.js';
import { systemCode } from '../system-code.js';

/** What an entry sorts by, so that a walk in depth meets names in the order of their bytes: `a-b` before `a/b`. */
const sortKey = (entry: Dirent) => (entry.isDirectory() ? `${entry.name}/` : entry.name);
const byKey = (left: Dirent, right: Dirent) => (sortKey(left) < sortKey(right) ? -1 : 1);

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return (await readdir(folder, { withFileTypes: true })).sort(byKey);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}

/** Every file below `root` whose path from there starts with `prefix`; holds one folder's entries per level in memory. */
export async function* walkFolder(
  root: string,
  prefix: string,
  below = '',
): AsyncGenerator<ObjectInfo, void, undefined> {
  for (const entry of await entriesOf(join(root, below))) {
    const name = below + sortKey(entry);
    if (entry.isDirectory()) {
      if (name.startsWith(prefix) || prefix.startsWith(name)) yield* walkFolder(root, prefix, name);
    } else if (entry.isFile() && name.startsWith(prefix)) {
      const found = await stat(join(root, name)).catch(absent);
      if (found) yield { name, bytes: found.size };
    }
  }
}

/** A file that was deleted while its folder was walked is no longer an object. */
function absent(thrown: unknown): undefined {
  if (systemCode(thrown) !== 'ENOENT') throw thrown;
}

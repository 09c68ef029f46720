import { type ObjectInfo } from './destination.port.js';

/** What a folder holds. */
export interface FileEntry {
  readonly name: string;
  readonly isFolder: boolean;
  /** 0 for a folder. */
  readonly bytes: number;
}

/** What an entry sorts by, so that a walk in depth meets names in the order of their bytes: `a-b` before `a/b`. */
const sortKey = ({ name, isFolder }: FileEntry) => (isFolder ? `${name}/` : name);
const byKey = (left: FileEntry, right: FileEntry) => (sortKey(left) < sortKey(right) ? -1 : 1);

/**
 * Every file whose path from the top starts with `prefix`, in the order of the paths' bytes. `entriesOf` tells what a folder holds, by
 * its path from the top, which is empty or ends with a slash; one folder's entries per level are held in memory.
 */
export async function* walkFiles(
  entriesOf: (folder: string) => Promise<readonly FileEntry[]>,
  prefix: string,
  below = '',
): AsyncGenerator<ObjectInfo, void, undefined> {
  for (const entry of [...(await entriesOf(below))].sort(byKey)) {
    const name = below + sortKey(entry);
    if (entry.isFolder) {
      if (name.startsWith(prefix) || prefix.startsWith(name)) yield* walkFiles(entriesOf, prefix, name);
    } else if (name.startsWith(prefix)) yield { name, bytes: entry.bytes };
  }
}

import { isTop, type ItemRecord } from '@holdfast/vault';
import { safeName } from '@holdfast/workloads/names';
import { makeFolder } from './make-folder.js';
import { newFolder } from './new-file.js';

/** Deeper than this a path is cut. */
const MAX_DEPTH = 200;

/**
 * Makes the folders of a snapshot below a new one, each once, under names that any file system takes and that lead nowhere else. Where the
 * file system takes the names of two for the same, the second gets a number, so that what lies in them stays apart. Remembers each
 * folder that it made: about 500 bytes.
 */
export class FoldersOfSnapshot {
  readonly #made = new Map<string, Promise<string>>();
  #top: Promise<string> | undefined;

  constructor(
    private readonly folder: string,
    private readonly find: (id: string) => Promise<ItemRecord | undefined>,
  ) {}

  /** The path of the folder that the item lies in, which is there. A parent that the snapshot lacks ends the path, and so does a circle. */
  async above(item: ItemRecord): Promise<string> {
    const missing = new Map<string, string>();
    let at = item.parentId;
    while (at !== undefined && !this.#made.has(at) && !missing.has(at) && missing.size < MAX_DEPTH) {
      const parent = await this.find(at);
      if (!parent || isTop(parent)) break;
      missing.set(at, parent.name);
      at = parent.parentId;
    }
    let path = this.#made.get(at ?? '') ?? (this.#top ??= makeFolder(this.folder).then(() => this.folder));
    for (const [id, name] of [...missing].reverse()) path = this.#below(path, id, name);
    return path;
  }

  #below(above: Promise<string>, id: string, name: string): Promise<string> {
    let path = this.#made.get(id);
    if (!path) this.#made.set(id, (path = above.then((at) => newFolder(at, safeName(name)))));
    return path;
  }
}

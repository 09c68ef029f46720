import type { ItemRecord } from '../item-record.js';
import { isFolder } from '../records/folder-kinds.js';
import { folderPrefix } from '../trees/folder-key.js';
import { foldersTree } from '../trees/folders-tree.js';
import { itemsTree } from '../trees/items-tree.js';
import type { TreeContext } from '../trees/merkle-tree.js';
import { textKey } from '../trees/text-key.js';
import type { TreeRoot } from '../trees/tree-root.js';
import { IdSet } from './id-set.js';
import type { RunWriterOptions } from './run-writer.js';

/** Folders looked up together. */
const BATCH = 64;
/** Folders that are named, at most; those beyond are found when these are settled and the trees made again. */
const MAX_LACKING = 1000;

/**
 * Folders of which changes may have left something behind: those that items came to, and those that went. Memory does not grow with
 * their number.
 */
export class TouchedFolders {
  readonly #ids: IdSet;
  #last: string | undefined;

  constructor(
    private readonly context: TreeContext,
    options: Pick<RunWriterOptions, 'bufferBytes'>,
  ) {
    this.#ids = new IdSet(context, options);
  }

  /** Notes one item's change; undefined where there is room for the next at once. What was put and went again in one task left no record: it may have been a folder. */
  note(itemId: string, before: ItemRecord | undefined, after: ItemRecord | undefined): Promise<void> | undefined {
    if (after && after.parentId !== before?.parentId) return this.#touch(after.parentId);
    return !after && (!before || isFolder(before.kind)) ? this.#touch(itemId) : undefined;
  }

  /** Touched folders in which the trees list items and which they do not hold themselves; a thousand at most. */
  async lacking(items: TreeRoot | undefined, folders: TreeRoot | undefined): Promise<readonly string[]> {
    const lacking: string[] = [];
    let batch: string[] = [];
    const look = async () => {
      const held = await itemsTree(this.context).getManyStored(items, batch.map(textKey));
      for (const [at, id] of batch.entries())
        if (held[at] === undefined && lacking.length < MAX_LACKING && (await this.#lists(folders, id)))
          lacking.push(id);
      batch = [];
    };
    for await (const id of this.#ids) {
      if (batch.push(id) === BATCH) await look();
      if (lacking.length === MAX_LACKING) return lacking;
    }
    await look();
    return lacking;
  }

  #touch(folder: string | undefined): Promise<void> | undefined {
    if (folder === undefined || folder === this.#last) return undefined;
    this.#last = folder;
    return this.#ids.add(folder);
  }

  async #lists(folders: TreeRoot | undefined, folder: string): Promise<boolean> {
    return (await foldersTree(this.context).count(folders, { prefix: folderPrefix(folder) })) > 0;
  }
}

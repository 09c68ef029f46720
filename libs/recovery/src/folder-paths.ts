import { isTop, type ItemRecord } from '@holdfast/vault';
import { safeName } from '@holdfast/workloads/names';

/** Deeper than this a path is cut; it also ends a circle of parents, which no sound snapshot has. */
const MAX_DEPTH = 200;
const KEPT_FOLDERS = 20_000;

/** The folders above items of a snapshot, as names that any file system takes and that lead nowhere else; remembers those it met. */
export class FolderPaths {
  readonly #folders = new Map<string, Promise<ItemRecord | undefined>>();

  constructor(private readonly find: (id: string) => Promise<ItemRecord | undefined>) {}

  /** From the top down. A parent that the snapshot lacks ends the path. */
  async above(item: ItemRecord): Promise<readonly string[]> {
    const names: string[] = [];
    let at = item.parentId;
    while (at !== undefined && names.length < MAX_DEPTH) {
      const parent = await this.#folder(at);
      if (!parent || isTop(parent)) break;
      names.unshift(safeName(parent.name));
      at = parent.parentId;
    }
    return names;
  }

  #folder(id: string): Promise<ItemRecord | undefined> {
    const known = this.#folders.get(id);
    if (known) return known;
    if (this.#folders.size >= KEPT_FOLDERS) this.#folders.clear();
    const found = this.find(id);
    this.#folders.set(id, found);
    return found;
  }
}

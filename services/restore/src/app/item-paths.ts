import { isTop, type ItemRecord } from '@holdfast/vault';
import type { OpenedSnapshot } from './opened-vault.js';

/** A folder of a snapshot. */
export interface PathFolder {
  readonly id: string;
  readonly record: ItemRecord;
}

/** Deeper than this a path is cut; it also ends a circle of parents, which no sound snapshot has. */
const MAX_DEPTH = 400;
const KEPT_FOLDERS = 20_000;

/** Finds the folders above items of one snapshot, remembering those it met. */
export class ItemPaths {
  readonly #folders = new Map<string, PathFolder | undefined>();

  constructor(private readonly snapshot: OpenedSnapshot) {}

  /** The folders from the top down to `parentId`, without the resource's own top. A parent that the snapshot lacks ends the path. */
  async to(parentId: string | undefined): Promise<readonly PathFolder[]> {
    const path: PathFolder[] = [];
    let at = parentId;
    while (at !== undefined && path.length < MAX_DEPTH) {
      const folder = await this.#folder(at);
      if (!folder || isTop(folder.record)) break;
      path.unshift(folder);
      at = folder.record.parentId;
    }
    return path;
  }

  /** The same in names, for people. */
  async names(parentId: string | undefined): Promise<string[]> {
    return (await this.to(parentId)).map(({ record }) => record.name);
  }

  async has(folderId: string): Promise<boolean> {
    return (await this.#folder(folderId)) !== undefined;
  }

  async #folder(id: string): Promise<PathFolder | undefined> {
    if (this.#folders.has(id)) return this.#folders.get(id);
    const { vault, body } = this.snapshot;
    const record = await vault.items.get(body.items, id);
    const folder = record && { id, record };
    if (this.#folders.size >= KEPT_FOLDERS) this.#folders.clear();
    this.#folders.set(id, folder);
    return folder;
  }
}

import { AppError } from '@holdfast/kernel';
import type { ItemRecord } from '@holdfast/vault';
import { isFolder, isTop, folderPrefix } from '@holdfast/vault';
import { itemOf } from './browse.js';
import { ItemPaths, type PathFolder } from './item-paths.js';
import type { OpenedSnapshot } from './opened-vault.js';

/** Something selected, with the folders above it. */
export interface Selected {
  readonly id: string;
  /** Undefined for items whose record is to be read by whoever needs it. */
  readonly record: ItemRecord | undefined;
  readonly isFolder: boolean;
  readonly path: readonly PathFolder[];
}

/** Something selected, with its record. */
export type Chosen = Selected & { readonly record: ItemRecord };

/** Records read together, and contents read ahead. */
const BATCH = 60;

/**
 * What a restore or an export is about: items and folders with all below them, or the whole resource. Folders come before
 * what lies in them. Streams over the snapshot's listings; only the folders on the way and those waiting are in memory.
 */
export class Selection {
  readonly #paths: ItemPaths;
  #visited = 0;

  constructor(
    private readonly snapshot: OpenedSnapshot,
    private readonly itemIds: readonly string[],
  ) {
    this.#paths = new ItemPaths(snapshot);
  }

  async *items(): AsyncGenerator<Selected> {
    if (this.itemIds.length > 0) {
      yield* this.#chosen();
      return;
    }
    yield* this.#below('', []);
    const all = this.snapshot.body.items?.entries ?? 0;
    if (this.#visited < all) yield* this.#withoutParent();
  }

  /** The same with every record; small contents are read ahead together. */
  async *withRecords(): AsyncGenerator<Chosen> {
    let batch: Selected[] = [];
    for await (const selected of this.items()) {
      if (batch.push(selected) < BATCH) continue;
      yield* await this.#read(batch);
      batch = [];
    }
    yield* await this.#read(batch);
  }

  async #read(batch: readonly Selected[]): Promise<Chosen[]> {
    const { vault, body } = this.snapshot;
    const records = await vault.items.getMany(
      body.items,
      batch.map(({ id }) => id),
    );
    const chosen = batch.flatMap((selected, at) => {
      const record = records[at];
      return record ? [{ ...selected, record }] : [];
    });
    // What cannot be read is found out item by item.
    await vault.reader.warm(chosen.flatMap(({ record }) => record.content ?? [])).catch(() => undefined);
    return chosen;
  }

  async *#chosen(): AsyncGenerator<Selected> {
    const chosen = new Set(this.itemIds);
    for (const id of chosen) {
      const record = await itemOf(this.snapshot, id);
      const path = await this.#paths.to(record.parentId);
      // It comes with the folder above it.
      if (path.some((folder) => chosen.has(folder.id)) || chosen.has(record.parentId ?? id + id)) continue;
      yield* this.#one(id, record, path);
    }
  }

  async *#one(id: string, record: ItemRecord, path: readonly PathFolder[]): AsyncGenerator<Selected> {
    const holds = isFolder(record.kind);
    if (!isTop(record)) yield { id, record, isFolder: holds, path };
    if (holds && !record.leftOut) yield* this.#below(id, isTop(record) ? [] : [...path, { id, record }]);
  }

  async *#below(folderId: string, path: readonly PathFolder[]): AsyncGenerator<Selected> {
    const { vault, body } = this.snapshot;
    const folders: string[] = [];
    const prefix = folderPrefix(folderId);
    const listed = await vault.folders.count(body.folders, { prefix });
    const visitedBefore = this.#visited;
    for await (const [{ itemId }, { kind }] of vault.folders.scan(body.folders, { prefix })) {
      this.#visited += 1;
      if (isFolder(kind)) folders.push(itemId);
      else yield { id: itemId, record: undefined, isFolder: false, path };
    }
    requireListed(this.#visited - visitedBefore, listed);
    for (const id of folders) yield* this.#one(id, await itemOf(this.snapshot, id), path);
  }

  /** Items whose folder the snapshot does not have: they go to the top rather than being left out in silence. */
  async *#withoutParent(): AsyncGenerator<Selected> {
    const { vault, body } = this.snapshot;
    let parent: string | undefined = '';
    let isKnown = true;
    for await (const [{ parentId, itemId }] of vault.folders.scan(body.folders)) {
      if (parentId !== parent) {
        parent = parentId;
        isKnown = (await vault.items.get(body.items, parentId)) !== undefined;
      }
      if (!isKnown) yield* this.#one(itemId, await itemOf(this.snapshot, itemId), []);
    }
  }
}

/** A listing that is read in part would leave items out in silence. */
function requireListed(read: number, listed: number): void {
  if (read === listed) return;
  throw new AppError('VAULT_OBJECT_INVALID', 'A folder’s listing was not read whole, so nothing is planned from it.', {
    context: { read, listed },
  });
}

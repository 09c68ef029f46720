import type { ItemRecord } from '@holdfast/vault';
import { referredFolders, withReferredFolders } from '@holdfast/workloads';
import type { ItemPaths, PathFolder } from './item-paths.js';

/** The folders that an item refers to beside the one it lies in: a folder has another id at another target, or when it was made again. */
export class FolderReferences {
  constructor(private readonly paths: ItemPaths) {}

  /** The paths, by id, of the folders that the record refers to and the snapshot has. */
  async of(record: ItemRecord): Promise<ReadonlyMap<string, readonly PathFolder[]>> {
    const found = new Map<string, readonly PathFolder[]>();
    for (const id of referredFolders(record)) if (await this.paths.has(id)) found.set(id, await this.paths.to(id));
    return found;
  }

  /** The record as it is to be at the target, with the ids that `liveId` gives for paths of the snapshot. */
  async placed(record: ItemRecord, liveId: (path: readonly PathFolder[]) => Promise<string>): Promise<ItemRecord> {
    const ids = new Map<string, string>();
    for (const [id, path] of await this.of(record)) ids.set(id, await liveId(path));
    return withReferredFolders(record, ids);
  }
}

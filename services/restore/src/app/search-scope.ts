import {
  isFolder,
  decodeFolderKey,
  encodeFolderKey,
  type FolderKey,
  folderPrefix,
  type ListingEntry,
} from '@holdfast/vault';
import { z } from 'zod';
import { itemOf } from './browse.js';
import type { OpenedSnapshot } from './opened-vault.js';

/** The entry that a page left off at, as text. */
export const listingToken = z.base64url().transform((text) => decodeFolderKey(Buffer.from(text, 'base64url')));

/** Where in a snapshot is looked: everywhere, in one folder, or below it. The order is fixed, so that a page can go on. */
export class SearchScope {
  constructor(
    private readonly snapshot: OpenedSnapshot,
    /** '' for everywhere. */
    private readonly folderId: string,
    private readonly skipSubfolders: boolean,
  ) {}

  /** The entries behind `after`. */
  async *entries(after: FolderKey | undefined): AsyncGenerator<[FolderKey, ListingEntry]> {
    const { vault, body } = this.snapshot;
    if (this.folderId === '') {
      yield* vault.folders.scan(body.folders, after ? { after } : {});
      return;
    }
    await itemOf(this.snapshot, this.folderId);
    for (const folder of await this.#folders()) {
      if (after && folder < after.parentId) continue;
      const range = after?.parentId === folder ? { after } : {};
      yield* vault.folders.scan(body.folders, { prefix: folderPrefix(folder), ...range });
    }
  }

  tokenOf(key: FolderKey): string {
    return Buffer.from(encodeFolderKey(key)).toString('base64url');
  }

  /** The ids of the folder and those below it, sorted. */
  async #folders(): Promise<readonly string[]> {
    const found = [this.folderId];
    const { vault, body } = this.snapshot;
    for (const folder of found) {
      if (this.skipSubfolders) break;
      for await (const [{ itemId }, { kind }] of vault.folders.scan(body.folders, { prefix: folderPrefix(folder) })) {
        // Folders come first in a listing; a notebook stands among the files of a drive.
        if (kind === 'message') break;
        if (isFolder(kind)) found.push(itemId);
      }
    }
    return found.sort();
  }
}

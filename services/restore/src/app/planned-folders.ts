import { likenessOf } from '../domain/likeness.js';
import type { PathFolder } from './item-paths.js';
import type { FoundFolder, LiveTarget } from './live-target.port.js';
import { targetWay } from './target-way.js';

/** A folder that is not where it was. */
export interface MissingFolder {
  readonly folder: PathFolder;
  /** The very same folder, under another name or elsewhere, where it may be put back; else it is made anew. */
  readonly strayed: FoundFolder | undefined;
}

export interface PlannedFoldersOptions {
  readonly live: LiveTarget;
  readonly targetFolder: string;
  /** Whether the plan may rename and move the live folder that has the id of this one. */
  readonly mayPutBack: (folder: PathFolder) => boolean;
}

/**
 * The live folders that a snapshot's folders meet at the target, found out once for each: whoever stands in the folder's place, else
 * the folder itself, wherever it is.
 */
export class PlannedFolders {
  readonly #found = new Map<string, FoundFolder | undefined>();
  /** Live folders that stand for one of the snapshot's. */
  readonly #met = new Set<string>();
  /** Those of them that the plan puts back: by then they stand nowhere else. */
  readonly #strayed = new Map<string, string>();
  #topId: Promise<string | undefined> | undefined;

  constructor(private readonly options: PlannedFoldersOptions) {}

  /** The folders of the path that do not stand in their place and were not asked for before, from the top down. */
  async missing(path: readonly PathFolder[]): Promise<readonly MissingFolder[]> {
    const missing: MissingFolder[] = [];
    for (const [at, folder] of path.entries()) {
      if (this.#found.has(folder.id)) continue;
      const way = path.slice(0, at + 1);
      const inPlace = await this.#inPlace(way, await this.idOf(path.slice(0, at)));
      const strayed = inPlace ? undefined : await this.#strayedOf(folder);
      const found = inPlace ?? strayed;
      this.#found.set(folder.id, found);
      if (found) this.#met.add(found.id);
      if (strayed) this.#strayed.set(strayed.id, folder.id);
      if (!inPlace) missing.push({ folder, strayed });
    }
    return missing;
  }

  /** The live folder of the last of the path, which was asked for before; undefined while there is none. */
  async idOf(path: readonly PathFolder[]): Promise<string | undefined> {
    const folder = path.at(-1);
    return folder ? this.#found.get(folder.id)?.id : this.#top();
  }

  /** The live folder that was met in its place and is spelled otherwise: names of a drive are the same whatever their case. */
  otherwiseSpelled({ id, record }: PathFolder): FoundFolder | undefined {
    const found = this.#found.get(id);
    if (record.kind !== 'drive-folder' || found?.likeness === undefined || this.#strayed.has(found.id))
      return undefined;
    return found.likeness === this.options.live.digest(likenessOf(record)) ? undefined : found;
  }

  /** The live folder, without counting as asked for. Undefined while there is none. */
  async lookUp(path: readonly PathFolder[]): Promise<string | undefined> {
    let at = await this.#top();
    for (const [depth, folder] of path.entries()) {
      const isKnown = this.#found.has(folder.id);
      const found = isKnown
        ? this.#found.get(folder.id)
        : ((await this.#inPlace(path.slice(0, depth + 1), at)) ?? (await this.#strayedOf(folder)));
      at = found?.id;
    }
    return at;
  }

  async #inPlace(path: readonly PathFolder[], parentId: string | undefined): Promise<FoundFolder | undefined> {
    const way = targetWay(path, this.options.targetFolder);
    const found = await this.options.live.findFolder({ way, parentId, isTop: false });
    const owner = found && this.#strayed.get(found.id);
    return owner === undefined || owner === path.at(-1)?.id ? found : undefined;
  }

  async #strayedOf(folder: PathFolder): Promise<FoundFolder | undefined> {
    if (!this.options.mayPutBack(folder)) return undefined;
    const found = await this.options.live.findFolderById(folder.id, folder.record.kind);
    return found && !this.#met.has(found.id) ? found : undefined;
  }

  /** Found by its way alone: what is listed of a drive or a mailbox hangs below it. */
  #top(): Promise<string | undefined> {
    this.#topId ??= this.options.live
      .findFolder({ way: targetWay([], this.options.targetFolder), parentId: undefined, isTop: true })
      .then((found) => found?.id);
    return this.#topId;
  }
}

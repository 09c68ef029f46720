import { likenessOf } from '../domain/likeness.js';
import type { PathFolder } from './item-paths.js';
import type { FoundFolder, LiveTarget, SoughtFolder } from './live-target.port.js';
import { targetWay } from './target-way.js';

/** The live folders that a snapshot's folders meet at the target, found out once for each. */
export class PlannedFolders {
  readonly #found = new Map<string, FoundFolder | undefined>();

  constructor(
    private readonly live: LiveTarget,
    private readonly targetFolder: string,
  ) {}

  /** The folders of the path that the target lacks and that were not asked for before, from the top down. */
  async missing(path: readonly PathFolder[]): Promise<readonly PathFolder[]> {
    const missing: PathFolder[] = [];
    for (const [at, folder] of path.entries()) {
      if (this.#found.has(folder.id)) continue;
      const found = await this.#find(path.slice(0, at + 1));
      this.#found.set(folder.id, found);
      if (!found) missing.push(folder);
    }
    return missing;
  }

  /** The live folder of the last of the path, which was asked for before; undefined while there is none. */
  async idOf(path: readonly PathFolder[]): Promise<string | undefined> {
    const folder = path.at(-1);
    if (!folder && !this.#found.has('')) this.#found.set('', await this.live.findFolder(this.#top()));
    return this.#found.get(folder?.id ?? '')?.id;
  }

  /** The live folder that was met and is spelled otherwise: names of a drive are the same whatever their case. */
  otherwiseSpelled({ id, record }: PathFolder): FoundFolder | undefined {
    const found = this.#found.get(id);
    if (record.kind !== 'drive-folder' || found?.likeness === undefined) return undefined;
    return found.likeness === this.live.digest(likenessOf(record)) ? undefined : found;
  }

  /** The live folder, without counting as asked for. Undefined while there is none. */
  async lookUp(path: readonly PathFolder[]): Promise<string | undefined> {
    const folder = path.at(-1);
    return !folder || this.#found.has(folder.id) ? this.idOf(path) : (await this.#find(path))?.id;
  }

  async #find(path: readonly PathFolder[]): Promise<FoundFolder | undefined> {
    return this.live.findFolder({
      way: targetWay(path, this.targetFolder),
      parentId: await this.idOf(path.slice(0, -1)),
      isTop: false,
    });
  }

  /** Found by its way alone: what is listed of a drive hangs below it. */
  #top(): SoughtFolder {
    return { way: targetWay([], this.targetFolder), parentId: undefined, isTop: true };
  }
}

import type { PathFolder } from './item-paths.js';
import type { LiveTarget, SoughtFolder } from './live-target.port.js';
import { targetWay } from './target-way.js';

/** The live folders that a snapshot's folders meet at the target, found out once for each. */
export class PlannedFolders {
  readonly #ids = new Map<string, string | undefined>();

  constructor(
    private readonly live: LiveTarget,
    private readonly targetFolder: string,
  ) {}

  /** The folders of the path that the target lacks and that were not asked for before, from the top down. */
  async missing(path: readonly PathFolder[]): Promise<readonly PathFolder[]> {
    const missing: PathFolder[] = [];
    for (const [at, folder] of path.entries()) {
      if (this.#ids.has(folder.id)) continue;
      const id = await this.#find(path.slice(0, at + 1));
      this.#ids.set(folder.id, id);
      if (id === undefined) missing.push(folder);
    }
    return missing;
  }

  /** The live folder of the last of the path, which was asked for before; undefined while there is none. */
  async idOf(path: readonly PathFolder[]): Promise<string | undefined> {
    const folder = path.at(-1);
    if (folder) return this.#ids.get(folder.id);
    if (!this.#ids.has('')) this.#ids.set('', await this.live.findFolder(this.#top()));
    return this.#ids.get('');
  }

  /** The live folder, without counting as asked for. Undefined while there is none. */
  async lookUp(path: readonly PathFolder[]): Promise<string | undefined> {
    const folder = path.at(-1);
    return !folder || this.#ids.has(folder.id) ? this.idOf(path) : this.#find(path);
  }

  async #find(path: readonly PathFolder[]): Promise<string | undefined> {
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

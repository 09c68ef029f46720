import { makeFolder } from './make-folder.js';

const KEPT_FOLDERS = 20_000;

/** Makes folders, each once as far as it remembers: most items lie where the one before them lies. */
export class MadeFolders {
  readonly #made = new Map<string, Promise<unknown>>();

  /** The path itself, when the folder is there. */
  async folder(path: string): Promise<string> {
    let making = this.#made.get(path);
    if (!making) {
      if (this.#made.size >= KEPT_FOLDERS) this.#made.clear();
      this.#made.set(path, (making = makeFolder(path)));
    }
    await making;
    return path;
  }
}

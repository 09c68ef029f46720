import { safeName } from './safe-name.js';

/** The paths of a ZIP, each once. Two folders whose names become equal when they are made safe stay two: one of them gets a number. */
export class ZipNames {
  /** How often a path was wanted. */
  readonly #wanted = new Map<string, number>();
  /** By the folder's own path. */
  readonly #folders = new Map<string, string>();

  /** Another one each time. */
  ofFile(path: readonly string[]): string {
    return this.#unused(this.#safe(path));
  }

  /** The same each time. */
  ofFolder(path: readonly string[]): string {
    const key = path.join('\0');
    const known = this.#folders.get(key);
    if (known !== undefined) return known;
    const made = this.#unused(this.#safe(path));
    this.#folders.set(key, made);
    return made;
  }

  #safe(path: readonly string[]): string {
    const name = safeName(path.at(-1) ?? '');
    return path.length > 1 ? `${this.ofFolder(path.slice(0, -1))}/${name}` : name;
  }

  /** Names compare without case, as Windows and macOS compare them. */
  #unused(path: string): string {
    const key = path.toLowerCase();
    const count = this.#wanted.get(key) ?? 0;
    this.#wanted.set(key, count + 1);
    if (count === 0) return path;
    const dot = path.lastIndexOf('.') > path.lastIndexOf('/') + 1 ? path.lastIndexOf('.') : path.length;
    return this.#unused(`${path.slice(0, dot)} (${count + 1})${path.slice(dot)}`);
  }
}

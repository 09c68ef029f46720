import { type Clock, type RandomBytes } from '@holdfast/kernel';
import { link, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ObjectBody } from '../destination.port.js';
import { objectExists } from '../object-errors.js';
import { systemCode } from '../system-code.js';
import { makeFolderBelow, syncFolder } from './sync-folder.js';

const INCOMING = '.holdfast-incoming';
/** A file that nobody finished in this time belongs to a process that is gone. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/** Where objects are written until they are whole: a folder on the same file system, out of every listing's sight. */
export class Incoming {
  readonly #root: string;
  readonly #folder: string;
  #isSwept = false;

  constructor(
    root: string,
    private readonly clock: Clock,
    private readonly randomBytes: RandomBytes,
  ) {
    this.#folder = join(root, INCOMING);
    this.#root = dirname(this.#folder);
  }

  /** Writes `body` durably and gives it its name in one step. OBJECT_EXISTS with `ifAbsent` where the name is taken. */
  async write(path: string, body: ObjectBody, ifAbsent: boolean): Promise<void> {
    await this.#sweep();
    const temporary = join(this.#folder, Buffer.from(this.randomBytes(16)).toString('hex'));
    try {
      const handle = await open(temporary, 'wx', 0o600);
      try {
        for await (const piece of body instanceof Uint8Array ? [body] : body) await handle.writeFile(piece);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await makeFolderBelow(this.#root, dirname(path));
      await (ifAbsent ? nameOnce(temporary, path) : rename(temporary, path));
      await syncFolder(dirname(path));
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async #sweep(): Promise<void> {
    if (this.#isSwept) return;
    await makeFolderBelow(this.#root, this.#folder, 0o700);
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const modifiedAt = (await stat(path).catch(() => undefined))?.mtimeMs;
      if (modifiedAt !== undefined && this.clock.now() - modifiedAt > ABANDONED_AFTER_MS)
        await rm(path, { force: true });
    }
    this.#isSwept = true;
  }
}

/** File systems without hard links (exFAT, many shares) say one of these. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

async function nameOnce(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === 'EEXIST') throw objectExists();
    if (!NO_LINKS.has(code ?? '')) throw thrown;
    // Two writers may pass this check together; the last one wins whole, and objects' names are hashes or fenced by storage.
    if (await stat(path).catch(() => undefined)) throw objectExists();
    await rename(temporary, path);
  }
}

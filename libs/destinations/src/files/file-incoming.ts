import { type Clock, type RandomBytes } from '@holdfast/kernel';
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { checkedBody } from '../checked-body.js';
import { type ObjectBody, type PutTerms } from '../destination.port.js';
import { notKept, objectExists } from '../object-errors.js';
import { type FileServer } from './file-server.port.js';

const INCOMING = '.holdfast-incoming';
/** A file that nobody finished in this time belongs to a process that is gone. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/** Where objects are written on a server until they are whole: a folder beside the vaults, out of every listing's sight. */
export class FileIncoming {
  readonly #folder: string;
  #isSwept = false;

  constructor(
    private readonly server: FileServer,
    private readonly root: string,
    private readonly clock: Clock,
    private readonly randomBytes: RandomBytes,
  ) {
    this.#folder = `${root}/${INCOMING}`;
  }

  /** Writes `body`, reads it back, and only then gives it its name. OBJECT_EXISTS with `ifAbsent` where the name is taken. */
  async write(path: string, body: ObjectBody, terms: PutTerms): Promise<void> {
    await this.#sweep();
    const temporary = `${this.#folder}/${Buffer.from(this.randomBytes(16)).toString('hex')}`;
    try {
      await this.server.write(temporary, checkedBody(body, terms));
      await this.#readBack(temporary, terms);
      await this.#name(temporary, path, terms.ifAbsent);
    } finally {
      // A lost connection leaves it for the next sweep.
      await this.server.remove(temporary).catch(() => undefined);
    }
  }

  /** Servers tell no SHA-256 of what they hold. */
  async #readBack(path: string, { bytes, sha256 }: PutTerms): Promise<void> {
    if ((await this.server.stat(path))?.bytes !== bytes) throw notKept();
    const hash = createHash('sha256');
    if (bytes > 0)
      for await (const piece of await this.server.read(path, { offset: 0, length: bytes }))
        hash.update(piece as Uint8Array);
    if (hash.digest('hex') !== sha256) throw notKept();
  }

  async #name(temporary: string, path: string, isOnce: boolean): Promise<void> {
    if (!isOnce) {
      await this.server.makeFolderBelow(this.root, posix.dirname(path));
      await this.server.replace(temporary, path);
      return;
    }
    let naming = await this.server.nameOnce(temporary, path);
    if (naming === 'no-folder') {
      await this.server.makeFolderBelow(this.root, posix.dirname(path));
      naming = await this.server.nameOnce(temporary, path);
    }
    if (naming === 'taken') throw objectExists();
    if (naming === 'no-folder') throw notKept();
  }

  async #sweep(): Promise<void> {
    if (this.#isSwept) return;
    await this.server.makeFolderBelow(this.root, this.#folder);
    for (const { name } of await this.server.entries(this.#folder)) {
      const path = `${this.#folder}/${name}`;
      const modifiedAt = await this.server.modifiedAt(path);
      if (modifiedAt !== undefined && this.clock.now() - modifiedAt > ABANDONED_AFTER_MS)
        await this.server.remove(path);
    }
    this.#isSwept = true;
  }
}

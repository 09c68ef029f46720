import { Readable } from 'node:stream';
import { type CheckReport } from '../check-report.js';
import {
  type ByteRange,
  type Deletion,
  Destination,
  type ObjectBody,
  type ObjectHead,
  type ObjectInfo,
  type PutTerms,
} from '../destination.port.js';
import { objectExists, objectNotFound, rangeOutside } from '../object-errors.js';
import { checkNamePrefix, checkObjectName, isVaultPrefix } from '../object-name.js';
import { type DestinationSurroundings } from '../surroundings.js';
import { walkFiles } from '../walk-files.js';
import { checkFileServer } from './check-file-server.js';
import { FileIncoming } from './file-incoming.js';
import { demandMark, mark } from './file-mark.js';
import { type FileServer } from './file-server.port.js';

/** A folder of a server, and what all names below it start with. */
export interface FileServerPlace {
  readonly server: FileServer;
  /** Absolute, without a slash at its end; empty for the top. */
  readonly folder: string;
  readonly prefix: string;
  /** For the test of a folder that is not used yet: it is written to without our mark. */
  readonly isUnmarked?: boolean;
}

const TEST_PREFIX = 'holdfast-test';

/**
 * A folder of a server of files. What lies there is what {@link FolderDestination} writes: an object is the file of its name below
 * `<folder>/<prefix>`. Only this process signs in to the server, so it offers no places.
 */
export class FileServerDestination extends Destination {
  readonly #server: FileServer;
  readonly #root: string;
  readonly #incoming: FileIncoming;

  constructor(
    private readonly at: FileServerPlace,
    private readonly surroundings: DestinationSurroundings,
  ) {
    super();
    this.#server = at.server;
    this.#root = `${at.folder}/${at.prefix}`;
    this.#incoming = new FileIncoming(at.server, at.folder, surroundings.clock, surroundings.randomBytes);
  }

  override async claim(): Promise<void> {
    await mark(this.#server, this.at.folder);
  }

  override async put(name: string, body: ObjectBody, terms: PutTerms): Promise<void> {
    const path = this.#pathOf(name);
    await this.#demandMark();
    // Spares the way of bytes that could not be named.
    if (terms.ifAbsent && (await this.#server.stat(path))) throw objectExists();
    await this.#incoming.write(path, body, terms);
  }

  override async get(name: string, range?: ByteRange): Promise<Readable> {
    const path = this.#pathOf(name);
    const { bytes } = (await this.head(name)) ?? missing();
    if (range && (range.length < 1 || range.offset >= bytes)) throw rangeOutside();
    if (bytes === 0) return Readable.from([], { objectMode: false });
    const offset = range?.offset ?? 0;
    return this.#server.read(path, { offset, length: Math.min(range?.length ?? bytes, bytes - offset) });
  }

  override async head(name: string): Promise<ObjectHead | undefined> {
    const found = await this.#server.stat(this.#pathOf(name));
    // A missing file is an answer only where the mark proves that this is the right folder.
    if (!found) await this.#demandMark();
    return found?.isFolder === false ? { name, bytes: found.bytes } : undefined;
  }

  override async *list(prefix: string): AsyncGenerator<ObjectInfo, void, undefined> {
    checkNamePrefix(prefix);
    await this.#demandMark();
    yield* walkFiles((below) => this.#server.entries(folderAt(this.#root, below)), prefix);
  }

  override async *prefixes(): AsyncGenerator<string, void, undefined> {
    await this.#demandMark();
    for (const { name, isFolder } of await this.#server.entries(this.at.folder))
      if (isFolder && isVaultPrefix(name)) yield name;
  }

  override async delete(name: string): Promise<Deletion> {
    const path = this.#pathOf(name);
    await this.#demandMark();
    return { is: (await this.#server.remove(path)) ? 'deleted' : 'absent' };
  }

  override test(): Promise<CheckReport> {
    const { server, folder } = this.at;
    const prefix = TEST_PREFIX;
    const tried = new FileServerDestination({ server, folder, prefix, isUnmarked: true }, this.surroundings);
    const name = Buffer.from(this.surroundings.randomBytes(16)).toString('hex');
    return checkFileServer(server, { folder, below: `${folder}/${prefix}`, name }, tried);
  }

  override async place(): Promise<undefined> {
    return undefined;
  }

  override async readPlace(): Promise<undefined> {
    return undefined;
  }

  async #demandMark(): Promise<void> {
    if (!(this.at.isUnmarked ?? this.surroundings.isUnmarked ?? false)) await demandMark(this.#server, this.at.folder);
  }

  #pathOf(name: string): string {
    return `${this.#root}/${checkObjectName(name)}`;
  }
}

function folderAt(root: string, below: string): string {
  return below === '' ? root : `${root}/${below.slice(0, -1)}`;
}

function missing(): never {
  throw objectNotFound();
}

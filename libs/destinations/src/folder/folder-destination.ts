import { AppError } from '@holdfast/kernel';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable } from 'node:stream';
import { type CheckReport } from '../check-report.js';
import { checkedBody } from '../checked-body.js';
import {
  type ByteRange,
  type Deletion,
  Destination,
  type ObjectBody,
  type ObjectHead,
  type ObjectInfo,
  type PutTerms,
} from '../destination.port.js';
import { digestOf, type ObjectDigest } from '../digest-of.js';
import { checkNamePrefix, checkObjectName, isVaultPrefix } from '../object-name.js';
import { objectNotFound, rangeOutside } from '../object-errors.js';
import { type FolderSettings } from './folder-settings.js';
import { type DestinationSurroundings } from '../surroundings.js';
import { systemCode } from '../system-code.js';
import { checkFolder } from './check-folder.js';
import { fileStream } from './file-stream.js';
import { folderError, named } from './folder-errors.js';
import { demandMark, isMarked, mark } from './folder-mark.js';
import { Incoming } from './incoming.js';
import { reusedReads } from './reused-reads.js';
import { walkFolder } from './walk-folder.js';

/**
 * A folder of this machine. An object is the file of its name below `<path>/<prefix>`; nothing but the file system is
 * needed to read it. Only processes that see the folder can write to it, so it offers no places.
 */
export class FolderDestination extends Destination {
  readonly #root: string;
  readonly #incoming: Incoming;

  constructor(
    private readonly settings: FolderSettings,
    prefix: string,
    private readonly surroundings: DestinationSurroundings,
  ) {
    super();
    this.#root = join(settings.path, prefix);
    this.#incoming = new Incoming(settings.path, surroundings.clock, surroundings.randomBytes);
  }

  override async claim(): Promise<void> {
    await named(() => mark(this.settings.path));
  }

  override async put(name: string, body: ObjectBody, terms: PutTerms): Promise<void> {
    const path = this.#pathOf(name);
    await named(async () => {
      await this.#demandMark();
      await this.#incoming.write(path, checkedBody(body, terms), terms.ifAbsent);
    });
  }

  override async get(name: string, range?: ByteRange): Promise<Readable> {
    return named(async () => {
      const handle = await this.#open(name);
      if (!range) return fileStream(handle, { start: 0 });
      if (range.length < 1 || range.offset >= (await handle.stat()).size) {
        await handle.close();
        throw rangeOutside();
      }
      const { offset, length } = range;
      return fileStream(handle, { start: offset, end: offset + length - 1 });
    });
  }

  /** Without a stream, which costs as much again as reading a few kilobytes. */
  override async read(
    name: string,
    { offset, length }: ByteRange,
    into?: Buffer<ArrayBuffer>,
  ): Promise<Buffer<ArrayBuffer>> {
    return named(async () => {
      const handle = await this.#open(name);
      try {
        const bytes = into ?? Buffer.allocUnsafeSlow(length);
        const used = await readFully(handle, bytes, offset);
        if (used === 0) throw rangeOutside();
        return bytes.subarray(0, used);
      } finally {
        await handle.close();
      }
    });
  }

  override async digest(name: string): Promise<ObjectDigest> {
    return named(async () => {
      const handle = await this.#open(name);
      try {
        return await digestOf(reusedReads(handle));
      } finally {
        await handle.close();
      }
    });
  }

  override async head(name: string): Promise<ObjectHead | undefined> {
    const path = this.#pathOf(name);
    return named(async () => {
      const found = await stat(path).catch((thrown: unknown) => this.#absent(thrown));
      return found?.isFile() ? { name, bytes: found.size } : undefined;
    });
  }

  override async *list(prefix: string): AsyncGenerator<ObjectInfo, void, undefined> {
    checkNamePrefix(prefix);
    try {
      await this.#demandMark();
      yield* walkFolder(this.#root, prefix);
    } catch (thrown) {
      throw folderError(thrown);
    }
  }

  override async *prefixes(): AsyncGenerator<string, void, undefined> {
    const entries = await named(async () => {
      await this.#demandMark();
      return readdir(this.settings.path, { withFileTypes: true });
    });
    for (const entry of entries) if (entry.isDirectory() && isVaultPrefix(entry.name)) yield entry.name;
  }

  override async delete(name: string): Promise<Deletion> {
    const path = this.#pathOf(name);
    return named(async () => {
      await this.#demandMark();
      return rm(path).then(
        () => ({ is: 'deleted' }),
        async (thrown: unknown) => {
          await this.#absent(thrown);
          return { is: 'absent' };
        },
      );
    });
  }

  override async test(): Promise<CheckReport> {
    return checkFolder(this.settings.path, this.#incoming, this.surroundings.randomBytes);
  }

  override async place(): Promise<undefined> {
    return undefined;
  }

  override async readPlace(): Promise<undefined> {
    return undefined;
  }

  async #open(name: string): Promise<FileHandle> {
    const handle = await open(this.#pathOf(name), 'r').catch((thrown: unknown) => this.#absent(thrown));
    if (!handle) throw objectNotFound();
    return handle;
  }

  async #demandMark(): Promise<void> {
    // Without the mark, too, a folder that is not there is told of as such.
    if (this.surroundings.isUnmarked === true) await isMarked(this.settings.path);
    else await demandMark(this.settings.path);
  }

  #pathOf(name: string): string {
    return join(this.#root, checkObjectName(name));
  }

  /** A missing file is an answer only where the mark proves that this is the right folder. */
  async #absent(thrown: unknown): Promise<undefined> {
    if (systemCode(thrown) !== 'ENOENT') throw thrown instanceof AppError ? thrown : folderError(thrown);
    await this.#demandMark();
    return undefined;
  }
}

/** Fills `bytes` from `offset` of the file, as far as it goes; answers how many there are. */
async function readFully(handle: FileHandle, bytes: Buffer, offset: number): Promise<number> {
  let used = 0;
  while (used < bytes.byteLength) {
    const { bytesRead } = await handle.read(bytes, used, bytes.byteLength - used, offset + used);
    if (bytesRead === 0) break;
    used += bytesRead;
  }
  return used;
}

import { AppError } from '@holdfast/kernel';
import { writeSync } from 'node:fs';
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { ID_PARTS } from '../../app/needed-ids.port.js';

/** Collected at most for each part before they are written: 4 MiB in all. */
const BUFFER_BYTES = 16 * 1024;

/**
 * Records of one length in 256 files of a folder of its own, which is taken away as soon as they are open: a process that dies leaves none. Where the
 * system does not let open files go (Windows) it goes when it is closed.
 */
export class PartFiles {
  readonly #buffers: readonly Buffer[];
  readonly #used = new Uint32Array(ID_PARTS);
  readonly #written = new Float64Array(ID_PARTS);

  private constructor(
    private readonly folder: string,
    private readonly files: readonly FileHandle[],
    private readonly recordBytes: number,
  ) {
    const bufferBytes = BUFFER_BYTES - (BUFFER_BYTES % recordBytes);
    this.#buffers = files.map(() => Buffer.allocUnsafe(bufferBytes));
  }

  static async open(folder: string, recordBytes: number): Promise<PartFiles> {
    const own = await mkdtemp(join(folder, 'holdfast-needed-')).catch(inWords);
    const files: FileHandle[] = [];
    try {
      while (files.length < ID_PARTS) files.push(await open(join(own, `${files.length}`), 'wx+'));
      return new PartFiles(own, files, recordBytes);
    } catch (error) {
      // One that is open when it is forgotten ends the process.
      for (const file of files) await file.close();
      return inWords(error);
    } finally {
      await rm(own, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  /** Takes a record that begins with so many bytes in hexadecimal; answers where the rest of it is to be written at once. */
  add(part: number, hex: string, bytes: number): { readonly buffer: Buffer; readonly at: number } {
    const buffer = this.#buffers[part] ?? Buffer.alloc(0);
    if ((this.#used[part] ?? 0) + this.recordBytes > buffer.length) this.#write(part);
    const at = this.#used[part] ?? 0;
    this.#used[part] = at + this.recordBytes;
    buffer.write(hex, at, bytes, 'hex');
    return { buffer, at: at + bytes };
  }

  async read(part: number): Promise<Buffer> {
    this.#write(part);
    const bytes = Buffer.allocUnsafe(this.bytes(part));
    await this.#fill(part, bytes, 0);
    return bytes;
  }

  bytes(part: number): number {
    return (this.#written[part] ?? 0) + (this.#used[part] ?? 0);
  }

  /** A part in blocks of whole records. */
  async *blocks(part: number): AsyncGenerator<Buffer, void, undefined> {
    this.#write(part);
    const block = Buffer.allocUnsafe(this.recordBytes * 65_536);
    for (let from = 0; from < this.bytes(part); from += block.length) {
      const some = block.subarray(0, Math.min(block.length, this.bytes(part) - from));
      await this.#fill(part, some, from);
      yield some;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.files.map((file) => file.close()));
    await rm(this.folder, { recursive: true, force: true });
  }

  async #fill(part: number, target: Buffer, from: number): Promise<void> {
    for (let done = 0; done < target.length;) {
      const read = await this.files[part]?.read(target, done, target.length - done, from + done);
      if (!read?.bytesRead) throw new Error('A scratch file holds less than was written to it.');
      done += read.bytesRead;
    }
  }

  /** At once: a write of 16 KiB goes to the system's cache in less time than a promise takes. */
  #write(part: number): void {
    const [file, buffer] = [this.files[part], this.#buffers[part]];
    if (!file || !buffer) return;
    for (let used = this.#used[part] ?? 0; used > 0; used = this.#used[part] ?? 0) {
      const done = writeSome(file, buffer, used);
      this.#written[part] = (this.#written[part] ?? 0) + done;
      buffer.copyWithin(0, done, used);
      this.#used[part] = used - done;
    }
  }
}

/** A disk that becomes full takes the beginning of it, without a word, and refuses what comes next. */
function writeSome(file: FileHandle, buffer: Buffer, bytes: number): number {
  try {
    return writeSync(file.fd, buffer, 0, bytes);
  } catch (error) {
    return inWords(error);
  }
}

function inWords(error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
  throw new AppError(
    'DEPENDENCY_UNAVAILABLE',
    'The folder for temporary files (SCRATCH_FOLDER) has no room left, and space freeing needs 8 bytes there for each chunk of the vault, a dry run 20. Make room, or name another folder; it is tried again.',
    { cause: error },
  );
}

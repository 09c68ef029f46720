import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** Every file below a folder, folder by folder. Several readers may share it. */
export function* filesBelow(folder: string): Generator<string, undefined> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else yield path;
  }
  return undefined;
}

/** Buffers for files that are open at the same time: as many as are read from, not as many as wait for the vault. */
export class ReadBuffers {
  readonly #spare: Buffer[] = [];

  constructor(private readonly bytes: number) {}

  take(): Buffer {
    return this.#spare.pop() ?? Buffer.alloc(this.bytes);
  }

  giveBack(buffer: Buffer): void {
    this.#spare.push(buffer);
  }
}

/**
 * A file that is read in the calling thread: what stands in the page cache is there sooner than a thread of the pool wakes up,
 * and the measurement is of the vault, not of the way to its input (asynchronous reads doubled the CPU of the whole).
 */
export class OpenFile implements Disposable {
  private constructor(
    private readonly descriptor: number,
    readonly size: number,
    readonly mtimeMs: number,
  ) {}

  static open(path: string): OpenFile {
    const descriptor = openSync(path, 'r');
    const { size, mtimeMs } = fstatSync(descriptor);
    return new OpenFile(descriptor, size, mtimeMs);
  }

  /** The file's bytes from its start; each piece is valid until the next is asked for. */
  *pieces(buffers: ReadBuffers): Generator<Uint8Array> {
    const buffer = buffers.take();
    try {
      for (let count = readSync(this.descriptor, buffer); count > 0; count = readSync(this.descriptor, buffer))
        yield buffer.subarray(0, count);
    } finally {
      buffers.giveBack(buffer);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.descriptor);
  }
}

import { closeSync, futimesSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { newFile, newFileNow } from './new-file.js';

/** A file to be made. */
export interface FileToWrite {
  readonly folder: string;
  /** Another is found where it is taken. */
  readonly name: string;
  /** When it was last changed. */
  readonly at: Date;
}

/** A content of more is never written while everything else waits. */
const SMALL_BYTES = 1024 * 1024;
/** Files by which a drive is judged, and the milliseconds for one of them above which it is better to wait for several at the same time. */
const JUDGED_FILES = 32;
const SLOW_MS = 0.5;
/** Files after which the loop gets a turn: what is read meanwhile for the next ones would stand still while hundreds are written. */
const FILES_A_TURN = 4;

/**
 * Writes new files. A small one that is at hand is written in the calling thread, as long as the drive is quick: handing it to a thread of the
 * pool, four times over, costs three times as much as writing it (measured: 64 µs instead of 19). On a slow drive many are under way at once.
 */
export class FileWrites {
  #files = 0;
  #milliseconds = 0;
  /** Everybody who writes waits for it: where one went on, there would be no turn. */
  #turn: Promise<void> | undefined;

  /** The path of the file, which is whole; where it cannot be, nothing of it stays. */
  async write(file: FileToWrite, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<string> {
    if (!(content instanceof Uint8Array)) return streamed(file, content);
    return content.byteLength <= SMALL_BYTES && !this.#isSlow ? this.#now(file, content) : streamed(file, [content]);
  }

  get #isSlow(): boolean {
    return this.#files >= JUDGED_FILES && this.#milliseconds > this.#files * SLOW_MS;
  }

  async #now({ folder, name, at }: FileToWrite, content: Uint8Array): Promise<string> {
    await this.#turn;
    const startedAt = performance.now();
    const { path, descriptor } = newFileNow(folder, name);
    try {
      for (let done = 0; done < content.byteLength;) done += writeSync(descriptor, content, done);
      futimesSync(descriptor, at, at);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      closeSync(descriptor);
    }
    this.#files += 1;
    this.#milliseconds += performance.now() - startedAt;
    if (this.#files % FILES_A_TURN === 0) this.#turn = setImmediate();
    return path;
  }
}

async function streamed(
  { folder, name, at }: FileToWrite,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<string> {
  const { path, file } = await newFile(folder, name);
  try {
    for await (const piece of content) await file.writeFile(piece);
    await file.utimes(at, at);
    return path;
  } catch (error) {
    // Half a file would look like a whole one.
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

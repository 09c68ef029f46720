import { type Readable } from 'node:stream';
import { type Check } from '../check-report.js';
import { type ByteRange } from '../destination.port.js';
import { type FileEntry } from '../walk-files.js';

/** What became of a file that was to get a name of its own. */
export type Naming = 'named' | 'taken' | 'no-folder';

/**
 * A server that keeps files in folders. Paths are absolute, their parts joined by `/`. It connects when it is first asked, again when a
 * connection was lost, and hangs up by itself when nothing was asked for a while. Failures are STORE_* errors.
 */
export abstract class FileServer {
  /** Whether the server itself refuses a second file of a name; where not, only writers of this process are kept apart. */
  abstract readonly keepsNames: boolean;

  /** What a folder holds, in no order; nothing where there is no such folder. */
  abstract entries(folder: string): Promise<readonly FileEntry[]>;

  /** Undefined where there is nothing of that path. */
  abstract stat(path: string): Promise<FileEntry | undefined>;

  /** When a file was written last, in milliseconds since the epoch; undefined where the server does not tell. */
  abstract modifiedAt(path: string): Promise<number | undefined>;

  /**
   * Makes a folder with its parents below `root`; safe to repeat. Never `root` itself, where a drive that is lost would be taken by an empty
   * folder: STORE_UNAVAILABLE where it is missing.
   */
  abstract makeFolderBelow(root: string, path: string): Promise<void>;

  /** Writes a new file in a folder that exists, and makes it durable where the server can be told to. */
  abstract write(path: string, body: AsyncIterable<Uint8Array>): Promise<void>;

  /** A stretch of a file that exists and has it all. */
  abstract read(path: string, range: ByteRange): Promise<Readable>;

  /** Gives a file another name, unless something bears it. */
  abstract nameOnce(from: string, to: string): Promise<Naming>;

  /** Gives a file another name, whatever bore it. */
  abstract replace(from: string, to: string): Promise<void>;

  /** Whether there was such a file. */
  abstract remove(path: string): Promise<boolean>;

  /** Removes an empty folder, if it is there. */
  abstract removeFolder(path: string): Promise<void>;

  /** Tries the way to the server, up to the sign-in. */
  abstract connectionChecks(): readonly Check[];
}

import { constants, type ZlibOptions } from 'node:zlib';
import ZipStream from 'zip-stream';

/** What comes out of compressing at once. */
const CHUNK_BYTES = 64 * 1024;

/** What this needs to know of the library's entries. */
interface Entry {
  getCrc(): number;
  setCrc(crc: number): void;
}

/**
 * What the library's types leave out: how the next entry is compressed; and its own step behind every entry, which writes the entry's checksum and
 * keeps it for the table of contents.
 */
const Library = ZipStream as unknown as new (...options: ConstructorParameters<typeof ZipStream>) => ZipStream & {
  options: { zlib: ZlibOptions };
  _entries: Entry[];
  _afterAppend(entry: Entry): void;
};

/**
 * A ZIP that can take back the entry that it is writing (docs/decisions/0060-a-damaged-file-in-a-download.md): the table of contents has it not, and where its
 * bytes lie their checksum is wrong, so that a program that reads from the front without the table does not take a part for the whole.
 */
export class RetractingZip extends Library {
  #isRetracted = false;

  /**
   * Whether the next entry is worth compressing. One that is not is an entry like others, so that programs that read from the front know where it
   * ends, of blocks that are stored: noise went through at 42 MB/s, and goes through at 350.
   */
  press(isWorthIt: boolean): void {
    this.options.zlib = {
      level: isWorthIt ? constants.Z_BEST_SPEED : constants.Z_NO_COMPRESSION,
      chunkSize: CHUNK_BYTES,
    };
  }

  /** The open entry; called before the end of its content. */
  retract(): void {
    this.#isRetracted = true;
  }

  override _afterAppend(entry: Entry): void {
    const isRetracted = this.#isRetracted;
    this.#isRetracted = false;
    if (isRetracted) entry.setCrc(~entry.getCrc() >>> 0);
    super._afterAppend(entry);
    if (isRetracted) this._entries.pop();
  }
}

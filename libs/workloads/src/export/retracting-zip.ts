import ZipStream from 'zip-stream';

/** What this needs to know of the library's entries. */
interface Entry {
  getCrc(): number;
  setCrc(crc: number): void;
}

/** The library's own step behind every entry, which its types leave out: it writes the entry's checksum and keeps it for the table of contents. */
const Library = ZipStream as unknown as new (...options: ConstructorParameters<typeof ZipStream>) => ZipStream & {
  _entries: Entry[];
  _afterAppend(entry: Entry): void;
};

/**
 * A ZIP that can take back the entry that it is writing (docs/decisions/0060-a-damaged-file-in-a-download.md): the table of contents has it not, and where its
 * bytes lie their checksum is wrong, so that a program that reads from the front without the table does not take a part for the whole.
 */
export class RetractingZip extends Library {
  #isRetracted = false;

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

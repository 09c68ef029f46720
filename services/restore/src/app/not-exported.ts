/** What is left out of a download is listed in it, up to this many lines. */
const MAX_LISTED = 10_000;

/** The items that a download had to leave out, and why: told in the download itself, for nobody misses a file that he does not know of. */
export class NotExported {
  readonly #lines: string[] = [];
  #items = 0;

  add(path: string, reason: string): void {
    this.#items += 1;
    if (this.#lines.length < MAX_LISTED) this.#lines.push(`${path}: ${reason}`);
  }

  get items(): number {
    return this.#items;
  }

  /** UTF-8, lines end with CRLF. */
  text(): Uint8Array {
    const unlisted = this.#items - this.#lines.length;
    const more = unlisted > 0 ? [`and ${unlisted} more`] : [];
    return Buffer.from(['These items could not be exported:', ...this.#lines, ...more, ''].join('\r\n'));
  }

  /** The same as a message, for downloads that hold nothing else. */
  async *mime(): AsyncGenerator<Uint8Array> {
    const header = [
      'From: Holdfast <holdfast@localhost>',
      `Subject: Not exported: ${this.#items} items`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: 8bit',
      '',
      '',
    ];
    yield Buffer.from(header.join('\r\n'));
    yield this.text();
  }
}

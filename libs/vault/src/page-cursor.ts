/** Goes through items that come some at a time. Waits where a page ends only: a turn of the loop for each costs as much as its work. */
export class PageCursor<Item> {
  readonly #pages: AsyncIterator<readonly Item[]>;
  #page: readonly Item[] = [];
  #at = -1;

  constructor(pages: AsyncIterable<readonly Item[]>) {
    this.#pages = pages[Symbol.asyncIterator]();
  }

  /** Undefined before the first {@link next} and at the end. */
  get head(): Item | undefined {
    return this.#page[this.#at];
  }

  /** Moves to the next item; undefined where it was at hand. */
  next(): Promise<void> | undefined {
    this.#at += 1;
    return this.#at < this.#page.length ? undefined : this.#turn();
  }

  async close(): Promise<void> {
    await this.#pages.return?.();
  }

  async #turn(): Promise<void> {
    this.#at = 0;
    do {
      const result = await this.#pages.next();
      if (result.done) {
        this.#page = [];
        return;
      }
      this.#page = result.value;
    } while (this.#page.length === 0);
  }
}

/** Items as pages of at most `most`. */
export async function* pagesOf<Item>(items: readonly Item[], most: number): AsyncGenerator<readonly Item[]> {
  for (let at = 0; at < items.length; at += most) yield items.slice(at, at + most);
}

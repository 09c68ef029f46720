/** Cursors that wait for items before them; a mailbox's names each of its folders, so each may be large. */
const MAX_WAITING = 16;

/**
 * Tells which cursor may be kept while items are read side by side: the newest one before which everything is stored or
 * owed. This is where *the cursor is never ahead of the data* holds inside a running task.
 */
export class CursorTracker<Cursor> {
  #next = 0;
  readonly #open = new Set<number>();
  readonly #waiting: { readonly after: number; readonly cursor: Cursor }[] = [];
  #safe: Cursor | undefined;

  /** Cursors held beside {@link safe}. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** The newest cursor that may be kept; undefined before the first. */
  get safe(): Cursor | undefined {
    return this.#safe;
  }

  /** Notes that the reading of an item began; the answer is to be called when the item is stored or owed. */
  begin(): () => void {
    const number = this.#next++;
    this.#open.add(number);
    return () => {
      this.#open.delete(number);
      this.#promote();
    };
  }

  /** Notes a cursor that covers everything begun so far. When many wait, it stands for the one before it, too. */
  reached(cursor: Cursor): void {
    if (this.#waiting.length === MAX_WAITING || this.#waiting.at(-1)?.after === this.#next) this.#waiting.pop();
    this.#waiting.push({ after: this.#next, cursor });
    this.#promote();
  }

  #promote(): void {
    let [head] = this.#waiting;
    const [oldest] = this.#open;
    while (head && (oldest === undefined || oldest >= head.after)) {
      this.#safe = head.cursor;
      this.#waiting.shift();
      [head] = this.#waiting;
    }
  }
}

/** What is left to say of an item that is gone. */
export interface Deletion {
  readonly parentId: string;
  readonly isFolder: boolean;
  /** It went because a folder above it was deleted. */
  readonly isBelowDeleted: boolean;
  /** The number of its last change before. */
  readonly lastSequence: number;
}

/** One entry of a drive's history. */
export interface LogEntry {
  readonly sequence: number;
  readonly id: string;
  /** When the change was made, ms since 1970. */
  readonly at: number;
  readonly deleted?: Deletion;
}

/**
 * The changes of a drive in order, each item at the place of its last change only. Reading from a sequence number is a binary search, so a
 * delta page costs what it holds.
 */
export class ChangeLog {
  #entries: LogEntry[] = [];
  readonly #lastOf = new Map<string, number>();
  #sequence = 0;

  /** The number of the latest change. */
  get latest(): number {
    return this.#sequence;
  }

  append(id: string, at: number, deleted?: LogEntry['deleted']): number {
    this.#sequence += 1;
    this.#entries.push(deleted ? { sequence: this.#sequence, id, at, deleted } : { sequence: this.#sequence, id, at });
    this.#lastOf.set(id, this.#sequence);
    if (this.#entries.length > 2 * this.#lastOf.size + 64)
      this.#entries = this.#entries.filter((entry) => this.#isLast(entry));
    return this.#sequence;
  }

  /** Entries after `sequence`, oldest first, each item once. */
  *after(sequence: number): Generator<LogEntry> {
    for (let at = this.#firstAfter(sequence); at < this.#entries.length; at++) {
      const entry = this.#entries[at];
      if (entry && this.#isLast(entry)) yield entry;
    }
  }

  /** The number before the first change made at `at` or later. */
  before(at: number): number {
    const first = this.#entries.find((entry) => entry.at >= at);
    return first ? first.sequence - 1 : this.#sequence;
  }

  #isLast(entry: LogEntry): boolean {
    return this.#lastOf.get(entry.id) === entry.sequence;
  }

  #firstAfter(sequence: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.sequence ?? 0) <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

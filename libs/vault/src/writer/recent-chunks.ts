/** Four of an id's eight words are kept: 128 bits of a keyed hash are as good as a name. */
const WORDS = 4;
const BYTES_PER_SLOT = WORDS * 4;
const MAX_LOAD = 0.75;

class Table {
  readonly #words: Int32Array;
  readonly #mask: number;
  readonly #most: number;
  #count = 0;

  constructor(slots: number) {
    this.#words = new Int32Array(slots * WORDS);
    this.#mask = slots - 1;
    this.#most = Math.floor(slots * MAX_LOAD);
  }

  get isFull(): boolean {
    return this.#count >= this.#most;
  }

  /** The place of an id, or of the empty slot where it belongs. */
  #place(a: number, b: number, c: number, d: number): number {
    const words = this.#words;
    for (let slot = a & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * WORDS;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) return at;
      if (
        ((words[at] as number) | (words[at + 1] as number) | (words[at + 2] as number) | (words[at + 3] as number)) ===
        0
      )
        return at;
    }
  }

  has(a: number, b: number, c: number, d: number): boolean {
    const words = this.#words;
    const at = this.#place(a, b, c, d);
    return (
      ((words[at] as number) | (words[at + 1] as number) | (words[at + 2] as number) | (words[at + 3] as number)) !== 0
    );
  }

  add(a: number, b: number, c: number, d: number): void {
    const at = this.#place(a, b, c, d);
    this.#words.set([a, b, c, d], at);
    this.#count++;
  }
}

/**
 * Remembers the chunks that were asked for last, in a fixed amount of memory. When full it forgets the older half;
 * what is forgotten is only asked for again.
 */
export class RecentChunks {
  readonly #slots: number;
  #young: Table;
  #old: Table;

  constructor(maxBytes: number) {
    this.#slots = 2 ** Math.floor(Math.log2(Math.max(1024, maxBytes / 2 / BYTES_PER_SLOT)));
    this.#young = new Table(this.#slots);
    this.#old = new Table(16);
  }

  /** Adds the id at `at` of `ids`; false when it was there. */
  add(ids: Buffer, at: number): boolean {
    const a = ids.readInt32LE(at);
    const b = ids.readInt32LE(at + 4);
    const c = ids.readInt32LE(at + 8);
    const d = ids.readInt32LE(at + 12);
    if (this.#young.has(a, b, c, d)) return false;
    const isNew = !this.#old.has(a, b, c, d);
    if (this.#young.isFull) {
      this.#old = this.#young;
      this.#young = new Table(this.#slots);
    }
    this.#young.add(a, b, c, d);
    return isNew;
  }

  clear(): void {
    this.#young = new Table(this.#slots);
    this.#old = new Table(16);
  }
}

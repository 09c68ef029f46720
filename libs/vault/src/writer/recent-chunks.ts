/** Four of an id's eight words are kept: 128 bits of a keyed hash are as good as a name. A fifth holds what is known of it. */
const ID_WORDS = 4;
const WORDS = ID_WORDS + 1;
const BYTES_PER_SLOT = WORDS * 4;
const MAX_LOAD = 0.75;
const FIRST_SLOTS = 1024;

/** Open addressing over 32-bit words; an id of zeros marks an empty slot. */
class Table {
  readonly words: Int32Array;
  readonly #mask: number;
  readonly #most: number;
  #count = 0;

  constructor(readonly slots: number) {
    this.words = new Int32Array(slots * WORDS);
    this.#mask = slots - 1;
    this.#most = Math.floor(slots * MAX_LOAD);
  }

  get isFull(): boolean {
    return this.#count >= this.#most;
  }

  /** Where the id is, or where it belongs. */
  placeOf(ids: Buffer, at: number): number {
    const { words } = this;
    const [a, b, c, d] = [
      ids.readInt32LE(at),
      ids.readInt32LE(at + 4),
      ids.readInt32LE(at + 8),
      ids.readInt32LE(at + 12),
    ];
    for (let slot = a & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const place = slot * WORDS;
      if (words[place] === a && words[place + 1] === b && words[place + 2] === c && words[place + 3] === d)
        return place;
      if (!this.isTaken(place)) return place;
    }
  }

  isTaken(place: number): boolean {
    const { words } = this;
    return words[place] !== 0 || words[place + 1] !== 0 || words[place + 2] !== 0 || words[place + 3] !== 0;
  }

  set(ids: Buffer, at: number, value: number): void {
    const place = this.placeOf(ids, at);
    if (!this.isTaken(place)) {
      this.#count++;
      for (let word = 0; word < ID_WORDS; word++) this.words[place + word] = ids.readInt32LE(at + word * 4);
    }
    this.words[place + ID_WORDS] = value;
  }

  get(ids: Buffer, at: number): number | undefined {
    const place = this.placeOf(ids, at);
    return this.isTaken(place) ? this.words[place + ID_WORDS] : undefined;
  }

  /** The same entries in twice the room. */
  doubled(): Table {
    const table = new Table(this.slots * 2);
    for (let place = 0; place < this.words.length; place += WORDS)
      if (this.isTaken(place)) table.#take(this.words.subarray(place, place + WORDS));
    return table;
  }

  #take(entry: Int32Array): void {
    let slot = (entry[0] ?? 0) & this.#mask;
    while (this.isTaken(slot * WORDS)) slot = (slot + 1) & this.#mask;
    this.words.set(entry, slot * WORDS);
    this.#count++;
  }
}

/**
 * Remembers a 32-bit value for each of the chunks met last, in memory that grows with them up to a limit. When full it forgets the
 * older half; what is forgotten is only asked for again. Ids are 32 bytes at a place of a buffer.
 */
export class RecentChunks {
  readonly #slots: number;
  #young = new Table(FIRST_SLOTS);
  #old = new Table(FIRST_SLOTS);

  constructor(maxBytes: number) {
    this.#slots = 2 ** Math.floor(Math.log2(Math.max(FIRST_SLOTS, maxBytes / 2 / BYTES_PER_SLOT)));
  }

  get(ids: Buffer, at: number): number | undefined {
    return this.#young.get(ids, at) ?? this.#old.get(ids, at);
  }

  set(ids: Buffer, at: number, value: number): void {
    if (this.#young.isFull) this.#makeRoom();
    this.#young.set(ids, at, value);
  }

  clear(): void {
    this.#young = new Table(FIRST_SLOTS);
    this.#old = new Table(FIRST_SLOTS);
  }

  #makeRoom(): void {
    if (this.#young.slots < this.#slots) {
      this.#young = this.#young.doubled();
      return;
    }
    this.#old = this.#young;
    this.#young = new Table(FIRST_SLOTS);
  }
}

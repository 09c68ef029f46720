const NEWEST = 1;
const IN_USE = 2;
const HELD_BACK = 4;

/**
 * What marking finds out about each pack of a vault, by its number: 21 bytes a pack, so that a vault of a billion chunks in four million
 * packs takes 84 MB.
 */
export class PackTally {
  readonly #numbers: Float64Array;
  readonly #neededBytes: Float64Array;
  readonly #neededChunks: Uint32Array;
  readonly #flags: Uint8Array;
  #hasHeldBack = false;

  /** `numbers` ascending. */
  constructor(numbers: Float64Array) {
    this.#numbers = numbers;
    this.#neededBytes = new Float64Array(numbers.length);
    this.#neededChunks = new Uint32Array(numbers.length);
    this.#flags = new Uint8Array(numbers.length);
  }

  get packs(): number {
    return this.#numbers.length;
  }

  /** A chunk of the pack is needed. A pack that came later is passed over. */
  addNeeded(packNo: number, sealedBytes: number): void {
    const at = this.#find(packNo);
    if (at === undefined) return;
    this.#neededBytes[at] = (this.#neededBytes[at] ?? 0) + sealedBytes;
    this.#neededChunks[at] = (this.#neededChunks[at] ?? 0) + 1;
  }

  /** The newest snapshot of a chain names it. */
  markNewest(packNo: number): void {
    this.#flag(packNo, NEWEST);
  }

  /** An open task builds on it. */
  markInUse(packNo: number): void {
    this.#flag(packNo, IN_USE);
  }

  /** It stays for the newest snapshot of a chain, with bytes of what was deleted on request or what may be. */
  markHeldBack(packNo: number): void {
    this.#flag(packNo, HELD_BACK);
    this.#hasHeldBack = true;
  }

  isHeldBack(packNo: number): boolean {
    return ((this.#flags[this.#find(packNo) ?? -1] ?? 0) & HELD_BACK) !== 0;
  }

  get hasHeldBack(): boolean {
    return this.#hasHeldBack;
  }

  /** An unknown one was not marked: nothing can be said of it, and least of all that nothing needs it. */
  of(packNo: number): {
    readonly neededChunks: number;
    readonly neededBytes: number;
    readonly isInUse: boolean;
    readonly isNamedByNewest: boolean;
  } {
    const at = this.#find(packNo);
    if (at === undefined) throw new Error(`pack ${packNo} is not in the tally`);
    const flags = this.#flags[at] ?? 0;
    return {
      neededChunks: this.#neededChunks[at] ?? 0,
      neededBytes: this.#neededBytes[at] ?? 0,
      isInUse: (flags & IN_USE) !== 0,
      isNamedByNewest: (flags & NEWEST) !== 0,
    };
  }

  has(packNo: number): boolean {
    return this.#find(packNo) !== undefined;
  }

  #flag(packNo: number, flag: number): void {
    const at = this.#find(packNo);
    if (at !== undefined) this.#flags[at] = (this.#flags[at] ?? 0) | flag;
  }

  #find(packNo: number): number | undefined {
    let [low, high] = [0, this.#numbers.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#numbers[middle] ?? 0) < packNo) low = middle + 1;
      else high = middle;
    }
    return this.#numbers[low] === packNo ? low : undefined;
  }
}

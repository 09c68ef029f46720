/** Input bytes after which the hash's bit positions repeat: 11 bits a byte over 160 bits. */
export const QUICK_XOR_PERIOD = 1760;

const STATE_BITS = 160;
const SHIFT = 11;

/**
 * The content hash of OneDrive for Business, fed in pieces. Input is first folded by XOR into one period, which is what makes it fast.
 * https://learn.microsoft.com/onedrive/developer/code-snippets/quickxorhash
 */
export class QuickXorHash {
  readonly #words = new Uint32Array(QUICK_XOR_PERIOD / 4);
  readonly #bytes = new Uint8Array(this.#words.buffer);
  #length = 0;

  update(data: Uint8Array): this {
    let at = 0;
    while (at < data.length && this.#length % 4 !== 0) this.#foldByte(data[at++] ?? 0);
    at += this.#foldWords(data.subarray(at));
    while (at < data.length) this.#foldByte(data[at++] ?? 0);
    return this;
  }

  /** Adds what `bytes` bytes do to the hash when their fold, starting at a period's first byte, is known already. */
  addFolded(fold: Uint8Array, bytes: number): this {
    if (this.#length % QUICK_XOR_PERIOD !== 0) throw new Error('a known fold has to start on a period');
    for (let i = 0; i < QUICK_XOR_PERIOD; i++) this.#bytes[i] = (this.#bytes[i] ?? 0) ^ (fold[i] ?? 0);
    this.#length += bytes;
    return this;
  }

  /** The XOR of all periods so far. */
  fold(): Uint8Array {
    return this.#bytes.slice();
  }

  /** Base64 of the 20 bytes, as `file.hashes.quickXorHash` bears it. */
  digest(): string {
    const state = Buffer.alloc(STATE_BITS / 8);
    const xor = (at: number, value: number) => (state[at] = (state[at] ?? 0) ^ value);
    this.#bytes.forEach((byte, i) => {
      const bit = (i * SHIFT) % STATE_BITS;
      const shifted = byte << (bit & 7);
      xor(bit >> 3, shifted & 255);
      xor(((bit >> 3) + 1) % state.length, shifted >> 8);
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(this.#length));
    length.forEach((byte, i) => xor(state.length - 8 + i, byte));
    return state.toString('base64');
  }

  #foldByte(byte: number): void {
    const at = this.#length++ % QUICK_XOR_PERIOD;
    this.#bytes[at] = (this.#bytes[at] ?? 0) ^ byte;
  }

  /** Folds whole words; the position is word-aligned when this is called. Returns the bytes taken. */
  #foldWords(data: Uint8Array): number {
    const count = data.length >>> 2;
    if (count === 0) return 0;
    // A copy: the slice of a Buffer would be the same bytes at the same odd place.
    const aligned = data.byteOffset % 4 === 0 ? data : new Uint8Array(data);
    const input = new Uint32Array(aligned.buffer, aligned.byteOffset, count);
    const words = this.#words;
    let to = (this.#length % QUICK_XOR_PERIOD) / 4;
    for (let from = 0; from < count;) {
      const end = Math.min(count, from + words.length - to);
      // The ?? of the checked index costs a tenth of the speed of the rest and nothing more.
      for (; from < end; from++, to++) words[to] = (words[to] ?? 0) ^ (input[from] ?? 0);
      to = 0;
    }
    this.#length += count * 4;
    return count * 4;
  }
}

/** The hash of one buffer. */
export function quickXorHash(data: Uint8Array): string {
  return new QuickXorHash().update(data).digest();
}

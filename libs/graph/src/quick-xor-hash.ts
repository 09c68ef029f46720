const FOLD_BYTES = 1_760;
const HASH_BYTES = 20;

/**
 * The hash that OneDrive and SharePoint give for a file: a 160-bit accumulator into which byte i is XORed at bit (11·i) mod 160,
 * lowest bit first, and at the end the length (64 bits, little-endian) into bytes 12..19.
 * Specified in github.com/OneDrive/onedrive-api-docs docs/code-snippets/quickxorhash.md.
 */
export class QuickXorHash {
  /** The input folded over itself: the pattern of bit offsets repeats after 11 · 160 bits. */
  readonly #fold = new Uint8Array(FOLD_BYTES);
  #at = 0;
  #bytes = 0;

  update(data: Uint8Array): this {
    const fold = this.#fold;
    let at = this.#at;
    let from = 0;
    while (from < data.length) {
      const until = Math.min(data.length, from + FOLD_BYTES - at);
      for (; from < until; from += 1, at += 1) fold[at] = (fold[at] ?? 0) ^ (data[from] ?? 0);
      if (at === FOLD_BYTES) at = 0;
    }
    this.#at = at;
    this.#bytes += data.length;
    return this;
  }

  /** Base64 of the 20 bytes, as Graph shows it in `file.hashes.quickXorHash`. */
  digest(): string {
    const hash = new Uint8Array(HASH_BYTES);
    const xor = (at: number, value: number) => (hash[at % HASH_BYTES] = (hash[at % HASH_BYTES] ?? 0) ^ value);
    let bit = 0;
    for (const byte of this.#fold) {
      const shifted = byte << (bit & 7);
      xor(bit >> 3, shifted & 0xff);
      xor((bit >> 3) + 1, shifted >> 8);
      bit = (bit + 11) % (HASH_BYTES * 8);
    }
    for (let i = 0, rest = this.#bytes; i < 8; i += 1, rest = Math.floor(rest / 256)) xor(12 + i, rest % 256);
    return Buffer.from(hash).toString('base64');
  }
}

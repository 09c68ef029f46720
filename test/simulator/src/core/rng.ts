/** FNV-1a over UTF-16 units, then finished by murmur's mixer: four independent words for one name. */
function hashWords(name: string): [number, number, number, number] {
  let a = 0x811c9dc5;
  let b = 0xc2b2ae35;
  for (let index = 0; index < name.length; index += 1) {
    const unit = name.charCodeAt(index);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b) ^ (b >>> 15);
  }
  return [mix(a), mix(b), mix(a ^ 0x9e3779b9), mix(b ^ 0x7f4a7c15)];
}

function mix(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

/**
 * A seeded stream of chance (sfc32, https://pracrand.sourceforge.net). Equal names give equal streams; {@link derive} makes
 * a sub-stream from the name alone, whatever was drawn before, so content can be made on the fly in any order.
 */
export class Rng {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(readonly name: string) {
    [this.#a, this.#b, this.#c, this.#counter] = hashWords(name);
    for (let round = 0; round < 12; round += 1) this.uint32();
  }

  /** The stream of the thing `id` of a `kind`; independent of this stream's position. */
  derive(kind: string, id: string | number = ''): Rng {
    return new Rng(`${this.name}/${kind}:${id}`);
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A number in [0, 1). */
  next(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the choices, which must not be empty. */
  pick<T>(choices: readonly T[]): T {
    const chosen = choices[this.int(0, choices.length - 1)];
    if (chosen === undefined && choices.length === 0) throw new RangeError('Nothing to pick from: the list is empty.');
    return chosen as T;
  }

  /** A new list in another order. */
  shuffle<T>(items: readonly T[]): T[] {
    return items
      .map((item) => ({ item, rank: this.uint32() }))
      .sort((left, right) => left.rank - right.rank)
      .map(({ item }) => item);
  }

  bytes(length: number): Buffer {
    const out = Buffer.allocUnsafe(length);
    let offset = 0;
    for (; offset + 4 <= length; offset += 4) out.writeUInt32LE(this.uint32(), offset);
    for (; offset < length; offset += 1) out[offset] = this.uint32() & 255;
    return out;
  }

  /** A version 4 UUID in lower case. */
  uuid(): string {
    const hex = this.bytes(16).toString('hex');
    const variant = '89ab'.charAt(this.int(0, 3));
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}

import { createCipheriv, createHash } from 'node:crypto';

/** Numbers that follow from a seed (the generator sfc32), so that a corpus is the same everywhere. */
export class Draws {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = 0x9e3779b9 ^ seed;
    this.#c = 0x243f6a88;
    this.#d = 0xb7e15162 ^ (seed * 2654435761);
    for (let warm = 0; warm < 12; warm += 1) this.uint32();
  }

  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** At least 0, below 1. */
  unit(): number {
    return this.uint32() / 2 ** 32;
  }

  /** A whole number from 0, below `limit`. */
  below(limit: number): number {
    return Math.floor(this.unit() * limit);
  }

  /** One of the values, all alike likely. */
  of<Value>(values: readonly Value[]): Value {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError('there is nothing to draw from');
    return value;
  }

  /** Between the two so that each doubling is alike likely: how sizes of mails and files lie. */
  logUniform(low: number, high: number): number {
    return Math.round(Math.exp(Math.log(low) + this.unit() * (Math.log(high) - Math.log(low))));
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.uint32().toString(16).padStart(8, '0');
    return text.slice(0, digits);
  }
}

/** The draws of one thing of a corpus: they do not depend on what was made before it. */
export function drawsFor(seed: number, kind: number, index: number): Draws {
  return new Draws(((seed * 0x01000193) ^ (kind * 0x85ebca6b) ^ (index * 0xc2b2ae35)) >>> 0);
}

/** Bytes that no compression makes smaller, as in what is compressed already. */
export function noise(seed: number, name: string, bytes: number): Buffer {
  const key = createHash('sha256').update(`${seed}/${name}`).digest();
  return createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16)).update(Buffer.alloc(bytes));
}

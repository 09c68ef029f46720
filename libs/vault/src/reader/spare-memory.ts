/** Sizes are rounded up to whole ones of these, so that what was used for one group fits the next. */
const UNIT_BYTES = 4 * 1024 * 1024;

/** Memory that is used again: touching fresh memory costs more than opening a chunk into it. */
export class SpareMemory {
  /** Smallest first. */
  readonly #spare: ArrayBuffer[] = [];

  /** @param most pieces of memory that are kept; the largest are */
  constructor(private readonly most: number) {}

  /** Of at least so many bytes, which hold anything. */
  take(bytes: number): ArrayBuffer {
    const fits = this.#spare.findIndex((memory) => memory.byteLength >= bytes);
    const [memory] = fits >= 0 ? this.#spare.splice(fits, 1) : [];
    return memory ?? Buffer.allocUnsafeSlow(Math.ceil(bytes / UNIT_BYTES) * UNIT_BYTES).buffer;
  }

  giveBack(memory: ArrayBuffer): void {
    const place = this.#spare.findIndex(({ byteLength }) => byteLength >= memory.byteLength);
    this.#spare.splice(place >= 0 ? place : this.#spare.length, 0, memory);
    if (this.#spare.length > this.most) this.#spare.shift()?.transfer(0);
  }
}

/** Bytes kept for reuse: touching fresh memory costs more than filling it. */
const KEPT_BYTES = 20 * 1024 * 1024;
/**
 * Buffers of this size are packs. A used one is resident in full, a fresh one only as far as it is filled: with more than
 * two packs open in a thread, most are far from full, and fresh ones are cheaper to hold.
 */
const LARGE_BYTES = 4 * 1024 * 1024;
const LARGE_IN_USE = 2;

/** Buffers of a few sizes, used again and again by all engines of a thread. */
export class BufferPool {
  readonly #spare = new Map<number, Buffer[]>();
  #kept = 0;
  #largeInUse = 0;

  /** A buffer of exactly that size; its content is arbitrary. */
  take(bytes: number): Buffer {
    const isLarge = bytes >= LARGE_BYTES;
    if (isLarge) this.#largeInUse++;
    const buffer = isLarge && this.#largeInUse > LARGE_IN_USE ? undefined : this.#spare.get(bytes)?.pop();
    if (!buffer) return Buffer.allocUnsafeSlow(bytes);
    this.#kept -= bytes;
    return buffer;
  }

  /** Takes back a buffer that nobody looks at any more; what is not kept is freed at once. */
  giveBack(buffer: Uint8Array): void {
    const whole = Buffer.from(buffer.buffer);
    if (whole.byteLength >= LARGE_BYTES) this.#largeInUse--;
    if (this.#kept + whole.byteLength > KEPT_BYTES) {
      if (whole.buffer instanceof ArrayBuffer) whole.buffer.transfer(0);
      return;
    }
    this.#kept += whole.byteLength;
    const spare = this.#spare.get(whole.byteLength);
    if (spare) spare.push(whole);
    else this.#spare.set(whole.byteLength, [whole]);
  }
}

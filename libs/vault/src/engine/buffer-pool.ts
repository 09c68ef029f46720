/** Bytes kept for reuse: touching fresh memory costs more than filling it. */
const KEPT_BYTES = 20 * 1024 * 1024;

/** Buffers of a few sizes, used again and again by all engines of a thread. */
export class BufferPool {
  readonly #spare = new Map<number, Buffer[]>();
  #kept = 0;

  /** A buffer of exactly that size; its content is arbitrary. */
  take(bytes: number): Buffer {
    const buffer = this.#spare.get(bytes)?.pop();
    if (!buffer) return Buffer.allocUnsafeSlow(bytes);
    this.#kept -= bytes;
    return buffer;
  }

  /** Takes back a buffer that nobody looks at any more. */
  giveBack(buffer: Uint8Array): void {
    const whole = Buffer.from(buffer.buffer);
    if (this.#kept + whole.byteLength > KEPT_BYTES) return;
    this.#kept += whole.byteLength;
    const spare = this.#spare.get(whole.byteLength);
    if (spare) spare.push(whole);
    else this.#spare.set(whole.byteLength, [whole]);
  }
}

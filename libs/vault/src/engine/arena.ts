import type { BufferPool } from './buffer-pool.js';

/** Bytes of one slab; requests of more than half of it get a buffer of their own. */
const SLAB_BYTES = 512 * 1024;

/** Buffers that are all done with at the same time, cut from a few slabs. */
export class Arena {
  readonly #pool: BufferPool;
  readonly #slabs: Buffer[] = [];
  #used = SLAB_BYTES;

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  /** A buffer whose content is arbitrary, valid until {@link release}. */
  reserve(bytes: number): Buffer {
    if (bytes > SLAB_BYTES / 2) return Buffer.allocUnsafeSlow(bytes);
    if (this.#used + bytes > SLAB_BYTES) {
      this.#slabs.push(this.#pool.take(SLAB_BYTES));
      this.#used = 0;
    }
    const slab = this.#slabs.at(-1) ?? Buffer.alloc(0);
    const buffer = slab.subarray(this.#used, this.#used + bytes);
    this.#used += bytes;
    return buffer;
  }

  release(): void {
    for (const slab of this.#slabs) this.#pool.giveBack(slab);
    this.#slabs.length = 0;
    this.#used = SLAB_BYTES;
  }
}

import type { ChunkId } from '@holdfast/kernel';

/** Plain chunks that were read last, in a bounded amount of memory. */
export class ChunkCache {
  readonly #maxBytes: number;
  readonly #chunks = new Map<ChunkId, Uint8Array>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(id: ChunkId): Uint8Array | undefined {
    const plain = this.#chunks.get(id);
    if (plain) {
      this.#chunks.delete(id);
      this.#chunks.set(id, plain);
    }
    return plain;
  }

  has(id: ChunkId): boolean {
    return this.#chunks.has(id);
  }

  add(id: ChunkId, plain: Uint8Array): void {
    if (plain.byteLength > this.#maxBytes / 4 || this.#chunks.has(id)) return;
    this.#chunks.set(id, alone(plain));
    this.#bytes += plain.byteLength;
    for (const [oldest, bytes] of this.#chunks) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#chunks.delete(oldest);
      this.#bytes -= bytes.byteLength;
    }
  }
}

/** In memory of its own: a small Buffer is mostly a piece of a shared one of 64 KiB, all of which it would keep alive. */
function alone(plain: Uint8Array): Uint8Array {
  return plain.byteLength === plain.buffer.byteLength ? plain : new Uint8Array(plain);
}

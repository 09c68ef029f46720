import type { ChunkId } from '@holdfast/kernel';

/** One vault's part of a {@link ChunkCache}. */
export interface VaultChunks {
  /** Of the whole cache. */
  readonly maxBytes: number;
  get(id: ChunkId): Uint8Array | undefined;
  has(id: ChunkId): boolean;
  add(id: ChunkId, plain: Uint8Array): void;
}

/** Plain chunks that were read or written last, in a bounded amount of memory: one vault may take it all while others rest. */
export class ChunkCache {
  readonly #maxBytes: number;
  readonly #chunks = new Map<string, Uint8Array>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The chunks of one vault, by a name that no other vault has. */
  of(vault: string): VaultChunks {
    const keyOf = (id: ChunkId) => `${vault}/${id}`;
    return {
      maxBytes: this.#maxBytes,
      get: (id) => this.#get(keyOf(id)),
      has: (id) => this.#chunks.has(keyOf(id)),
      add: (id, plain) => this.#add(keyOf(id), plain),
    };
  }

  #get(key: string): Uint8Array | undefined {
    const plain = this.#chunks.get(key);
    if (plain) {
      this.#chunks.delete(key);
      this.#chunks.set(key, plain);
    }
    return plain;
  }

  #add(key: string, plain: Uint8Array): void {
    if (plain.byteLength > this.#maxBytes / 4 || this.#chunks.has(key)) return;
    this.#chunks.set(key, alone(plain));
    this.#bytes += plain.byteLength;
    for (const [oldest, bytes] of this.#chunks) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#chunks.delete(oldest);
      this.#bytes -= bytes.byteLength;
    }
  }
}

/** Bytes beside a chunk that are not worth a copy: a chunk that was stored as it is lies behind the byte that says so. */
const MARGIN_BYTES = 64;

/** In memory of its own: a small Buffer is mostly a piece of a shared one of 64 KiB, all of which it would keep alive. */
function alone(plain: Uint8Array): Uint8Array {
  return plain.buffer.byteLength - plain.byteLength <= MARGIN_BYTES ? plain : new Uint8Array(plain);
}

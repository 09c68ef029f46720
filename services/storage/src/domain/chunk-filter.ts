import type { ChunkId } from '@holdfast/kernel';

/** Bits per chunk and probes per look-up: one false answer in about 1,500. */
const BITS_PER_CHUNK = 16;
const PROBES = 7;
const WORD_DIGITS = 8;

/** A Bloom filter of chunk ids, 2 bytes a chunk: never denies a chunk that was added, as long as it is not overfull. */
export class ChunkFilter {
  readonly #bytes: Uint8Array;
  readonly #bits: number;
  #count = 0;

  constructor(private readonly capacity: number) {
    this.#bytes = new Uint8Array(ChunkFilter.bytesFor(capacity));
    this.#bits = this.#bytes.byteLength * 8;
  }

  static bytesFor(chunks: number): number {
    return Math.ceil((Math.max(chunks, 1) * BITS_PER_CHUNK) / 8);
  }

  get bytes(): number {
    return this.#bytes.byteLength;
  }

  /** Whether it holds more than it was made for: it still denies nothing that was added, and knows less and less. */
  get isOverfull(): boolean {
    return this.#count > this.capacity;
  }

  add(chunk: ChunkId): void {
    // Whatever comes twice counts once.
    if (this.mayHave(chunk)) return;
    this.#count += 1;
    const [start, step] = wordsOf(chunk);
    for (let probe = 0; probe < PROBES; probe += 1) {
      const bit = this.#bit(start, step, probe);
      this.#bytes[bit >>> 3] = (this.#bytes[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
  }

  mayHave(chunk: ChunkId): boolean {
    const [start, step] = wordsOf(chunk);
    for (let probe = 0; probe < PROBES; probe += 1) {
      const bit = this.#bit(start, step, probe);
      if (((this.#bytes[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }

  #bit(start: number, step: number, probe: number): number {
    return (start + probe * step) % this.#bits;
  }
}

/** An id is a keyed hash: its own digits are as good as any hash of them. */
function wordsOf(chunk: ChunkId): readonly [start: number, step: number] {
  return [
    Number.parseInt(chunk.slice(0, WORD_DIGITS), 16),
    Number.parseInt(chunk.slice(WORD_DIGITS, 2 * WORD_DIGITS), 16),
  ];
}

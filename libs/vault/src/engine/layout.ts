import { type CarryBuffers, Chunker } from '../chunks/chunker.js';
import type { ChunkParameters } from '../chunks/chunk-parameters.js';
import { ContentListBuilder } from '../chunks/content-list.js';
import type { Branch } from '../ports.js';

/** What a stream became: chunk ids of 32 bytes each, and the levels of lists below them. */
export interface LaidOut {
  readonly chunks: readonly Uint8Array[];
  readonly depth: number;
}

/** Turns a stream of bytes into chunks. */
export interface Layout {
  write(bytes: Uint8Array): void;
  end(): LaidOut;
  /** Lets go of buffers when the stream breaks off. */
  abandon(): void;
}

/** Where chunks go and where buffers come from. */
export interface ChunkPress extends CarryBuffers {
  readonly gear: Int32Array;
  readonly parameters: ChunkParameters;
  /** Names a chunk and keeps it until its batch is settled; `owned` is returned to the press then. */
  submit(branch: Branch, plain: Uint8Array, owned?: Uint8Array): Buffer;
  /** A buffer that is valid until the batch at hand is settled. */
  reserve(bytes: number): Buffer;
}

/** Content cut where its bytes say so. */
export class BytesLayout implements Layout {
  readonly #press: ChunkPress;
  readonly #chunker: Chunker;
  readonly #list: ContentListBuilder;
  readonly #emit = (plain: Uint8Array, owned?: Uint8Array): void => {
    this.#list.add(this.#press.submit('data', plain, owned), plain.byteLength);
  };

  constructor(press: ChunkPress) {
    this.#press = press;
    this.#chunker = new Chunker(press.gear, press.parameters, press);
    this.#list = new ContentListBuilder((list) => press.submit('meta', list));
  }

  write(bytes: Uint8Array): void {
    this.#chunker.write(bytes, this.#emit);
  }

  end(): LaidOut {
    this.#chunker.end(this.#emit);
    return this.#list.finish();
  }

  abandon(): void {
    const buffer = this.#chunker.abandon();
    if (buffer) this.#press.returnBuffer(buffer);
  }
}

/** Bytes that are one chunk, whatever they are. */
export class ChunkLayout implements Layout {
  readonly #press: ChunkPress;
  readonly #branch: Branch;
  readonly #pieces: Uint8Array[] = [];

  constructor(press: ChunkPress, branch: Branch) {
    this.#press = press;
    this.#branch = branch;
  }

  /** Copies: the batch that the bytes lie in may be gone when the last piece comes. */
  write(bytes: Uint8Array): void {
    this.#pieces.push(Buffer.from(bytes));
  }

  end(): LaidOut {
    const [only] = this.#pieces;
    const plain = this.#pieces.length === 1 && only ? only : Buffer.concat(this.#pieces);
    return { chunks: [this.#press.submit(this.#branch, plain)], depth: 0 };
  }

  abandon(): void {
    this.#pieces.length = 0;
  }
}

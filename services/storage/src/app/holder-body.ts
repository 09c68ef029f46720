import type { Readable } from 'node:stream';

/** A holder could not be opened for reading, or broke off while it was read; `cause` says why. */
export class HolderUnread extends Error {
  constructor(cause: unknown) {
    super('A holder could not be read.', { cause });
  }
}

/** The bytes of an object as a holder gives them, which tells a holder that breaks off from a reader who does. */
export class HolderBody implements AsyncIterable<Uint8Array> {
  #failure: HolderUnread | undefined;

  constructor(private readonly stream: Readable) {}

  /** Set before the reader learns of it, once the holder has broken off; nothing that a reader does sets it. */
  get failure(): HolderUnread | undefined {
    return this.#failure;
  }

  /** The pieces themselves; to be read once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    const pieces = this.stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    for (let next = await this.#next(pieces); next.done !== true; next = await this.#next(pieces)) yield next.value;
  }

  /** To be called by whoever opened the stream: a reader may leave it before its end. */
  destroy(): void {
    this.stream.destroy();
  }

  async #next(pieces: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array>> {
    try {
      return await pieces.next();
    } catch (cause) {
      this.#failure = new HolderUnread(cause);
      throw cause;
    }
  }
}

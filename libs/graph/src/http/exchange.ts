import type { Dispatcher } from 'undici';
import type { HeaderMap } from './headers.js';

/** Bytes of a body that may wait for their reader; beyond them the connection waits. */
const HELD_BYTES = 128 * 1024;
/** Bytes of an unwanted body that are still received, so that its connection can be used again. */
const UNWANTED_BYTES = 128 * 1024;

/**
 * Bodies of at most so many bytes, as their heads say, come whole or not at all: all who hand a body on do so once for each piece,
 * and most messages would come in three.
 */
const GATHERED_BYTES = 64 * 1024;

/** How an answer begins. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: HeaderMap;
}

interface Waiting<T> {
  resolve(value: T): void;
  reject(cause: unknown): void;
}

/**
 * One request on its way, then the body of its answer as it comes. undici's own `request` makes a Node stream of each body, which
 * costs more than all the rest of a small answer.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #head = Promise.withResolvers<AnswerHead>();
  #pieces: Uint8Array[] = [];
  #heldBytes = 0;
  #isGathered = false;
  #reader: Waiting<Uint8Array | undefined> | undefined;
  #end: { readonly failure?: unknown } | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  readonly #onAbort = () => this.#abort(this.signal?.reason);

  constructor(private readonly signal?: AbortSignal) {
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Rejects when no answer came. */
  get head(): Promise<AnswerHead> {
    return this.#head.promise;
  }

  /** The body's next bytes, for one reader; undefined after the last. Rejects when the body broke off. */
  next(): Promise<Uint8Array | undefined> {
    const piece = this.#isGathered ? undefined : this.#pieces.shift();
    if (piece) {
      this.#heldBytes -= piece.byteLength;
      if (this.#heldBytes < HELD_BYTES) this.#controller?.resume();
      return Promise.resolve(piece);
    }
    if (this.#end) return 'failure' in this.#end ? rejected(this.#end.failure) : Promise.resolve(this.#gathered());
    const { promise, ...waiting } = Promise.withResolvers<Uint8Array | undefined>();
    this.#reader = waiting;
    return promise;
  }

  /** The rest of the body at once; undefined, and the connection cut off, where it is longer than `atMostBytes`. */
  async whole(atMostBytes: number): Promise<Buffer | undefined> {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for (let piece = await this.next(); piece; piece = await this.next()) {
      bytes += piece.byteLength;
      pieces.push(piece);
      if (bytes <= atMostBytes) continue;
      this.cutOff();
      return undefined;
    }
    return Buffer.concat(pieces, bytes);
  }

  /** Lets the rest of the body go unread: a short one is received, for the connection's sake, and a long one cut off. */
  async discard(): Promise<void> {
    let left = UNWANTED_BYTES;
    for (let piece = await this.next(); piece; piece = await this.next()) {
      left -= piece.byteLength;
      if (left >= 0) continue;
      this.cutOff();
      return;
    }
  }

  /** Ends the connection, where the body has not ended. */
  cutOff(): void {
    if (!this.#end) this.#abort(new Error('the rest of the body is not wanted'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#end && 'failure' in this.#end) controller.abort(asError(this.#end.failure));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: HeaderMap): void {
    if (status < 200) return;
    this.#isGathered = Number(headers['content-length'] ?? Infinity) <= GATHERED_BYTES;
    this.#head.resolve({ status, headers });
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Uint8Array): void {
    const reader = this.#isGathered ? undefined : this.#reader;
    if (reader) {
      this.#reader = undefined;
      reader.resolve(piece);
      return;
    }
    this.#pieces.push(piece);
    this.#heldBytes += piece.byteLength;
    if (this.#heldBytes >= HELD_BYTES) controller.pause();
  }

  onResponseEnd(): void {
    this.#finish({});
  }

  onResponseError(_: unknown, failure: unknown): void {
    this.#finish({ failure });
  }

  /** A body that was held until it had ended, once. */
  #gathered(): Uint8Array | undefined {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces.length > 1 ? Buffer.concat(pieces) : pieces[0];
  }

  #abort(reason: unknown): void {
    this.#finish({ failure: reason });
    this.#controller?.abort(asError(reason));
  }

  #finish(end: { readonly failure?: unknown }): void {
    if (this.#end) return;
    this.#end = end;
    this.signal?.removeEventListener('abort', this.#onAbort);
    const reader = this.#reader;
    this.#reader = undefined;
    if (!('failure' in end)) {
      reader?.resolve(this.#gathered());
      return;
    }
    this.#head.reject(end.failure);
    reader?.reject(end.failure);
  }
}

const asError = (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason)));

/** As it was given: an abort's reason may be anything. */
const rejected = (failure: unknown): Promise<never> => {
  const { promise, reject } = Promise.withResolvers<never>();
  reject(failure);
  return promise;
};

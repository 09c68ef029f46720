import { asBuffer } from '../octets.js';
import { Base64Run, RUN_START_BYTES } from './base64-run.js';
import { Boundaries } from './boundaries.js';
import { readPartHeader } from './part-header.js';
import type { LineEnd } from './recipe.js';

/** Gets a message piece by piece. Put together in order the pieces are the message, byte for byte. */
export interface MailPieces {
  /** Header blocks and delimiter lines. */
  literal(bytes: Uint8Array): void;
  /** A body that is kept as it is: one or more `body` between `openBody` and `closeBody`. */
  openBody(): void;
  body(bytes: Uint8Array): void;
  closeBody(): void;
  /** A run of base64 lines: one or more `base64`, decoded, between `openBase64` and `closeBase64`. */
  openBase64(lineChars: number, lineEnd: LineEnd): void;
  base64(decoded: Uint8Array): void;
  closeBase64(): void;
}

/** A header block longer than this is not looked into: the rest of its part is kept as it is. */
const MAX_HEADER_BYTES = 64 * 1024;
const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;

/**
 * Splits a MIME message at its part boundaries while it streams by. Any input comes out complete and in order; what is
 * not understood comes out as it is. Holds back at most 64 KiB.
 */
export class MimeSplitter {
  readonly #pieces: MailPieces;
  readonly #reserve: (bytes: number) => Buffer;
  readonly #boundaries = new Boundaries();
  #state: 'header' | 'base64-start' | 'base64' | 'body' = 'header';
  #run: Base64Run | undefined;
  #held: Buffer = Buffer.alloc(0);
  /** The step at hand needs more input. */
  #isWaiting = false;
  /** The next byte starts a line, so that a delimiter may stand there. */
  #isLineStart = true;
  #isBodyOpen = false;

  /** `reserve` gives buffers for decoded bytes; they have to last as long as the pieces are looked at. */
  constructor(pieces: MailPieces, reserve: (bytes: number) => Buffer) {
    this.#pieces = pieces;
    this.#reserve = reserve;
  }

  /** Takes the next bytes of the message. Pieces may be views of them. */
  write(bytes: Uint8Array): void {
    this.#take(this.#held.byteLength === 0 ? asBuffer(bytes) : Buffer.concat([this.#held, bytes]), false);
  }

  /** Hands on what was held back. */
  end(): void {
    this.#take(this.#held, true);
    this.#closeRun();
    this.#closeBody();
  }

  #take(input: Buffer, isLast: boolean): void {
    let at = 0;
    this.#isWaiting = false;
    while (at < input.byteLength && this.#canGoOn()) at = this.#step(input, at, isLast);
    this.#held = Buffer.from(input.subarray(at));
  }

  #canGoOn(): boolean {
    return !this.#isWaiting;
  }

  /** Works on `input` from `at`; returns up to where it is done, and sets `#isWaiting` when the rest needs more input. */
  #step(input: Buffer, at: number, isLast: boolean): number {
    switch (this.#state) {
      case 'header':
        return this.#readHeader(input, at, isLast);
      case 'base64-start':
        return this.#startRun(input, at, isLast);
      case 'base64':
        return this.#readRun(input, at, isLast);
      case 'body':
        return this.#readBody(input, at, isLast);
    }
  }

  #readHeader(input: Buffer, at: number, isLast: boolean): number {
    const end = input[at] === DASH ? -1 : endOfHeader(input, at);
    if (end < 0) {
      this.#isWaiting = !isLast && input[at] !== DASH && input.byteLength - at < MAX_HEADER_BYTES;
      if (!this.#isWaiting) this.#state = 'body';
      return at;
    }
    const block = input.subarray(at, end);
    this.#pieces.literal(block);
    this.#isLineStart = true;
    this.#state = this.#stateAfter(block);
    return end;
  }

  #stateAfter(header: Buffer): 'header' | 'base64-start' | 'body' {
    const part = readPartHeader(header);
    if (part.kind === 'multipart') this.#boundaries.push(part.boundary);
    if (part.kind === 'message') return 'header';
    return part.kind === 'base64' ? 'base64-start' : 'body';
  }

  #startRun(input: Buffer, at: number, isLast: boolean): number {
    this.#isWaiting = !isLast && input.byteLength - at < RUN_START_BYTES;
    if (this.#isWaiting) return at;
    this.#run = Base64Run.start(input, at);
    this.#state = this.#run ? 'base64' : 'body';
    if (this.#run) this.#pieces.openBase64(this.#run.lineChars, this.#run.lineEnd);
    return at;
  }

  #readRun(input: Buffer, at: number, isLast: boolean): number {
    if (!this.#run) return at;
    const { decoded, next, isOver } = this.#run.read(input, at, isLast, this.#reserve);
    if (decoded.byteLength > 0) this.#pieces.base64(decoded);
    this.#isLineStart = false;
    this.#isWaiting = !isOver;
    if (isOver) this.#closeRun();
    return next;
  }

  #readBody(input: Buffer, at: number, isLast: boolean): number {
    const search = this.#boundaries.find(input, at, this.#isLineStart, isLast);
    this.#keep(input.subarray(at, search.bodyEnd));
    if (search.found !== 'delimiter') {
      this.#isWaiting = true;
      return search.bodyEnd;
    }
    this.#closeBody();
    this.#pieces.literal(input.subarray(search.bodyEnd, search.end));
    this.#isLineStart = true;
    this.#state = search.isClosing ? 'body' : 'header';
    return search.end;
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.byteLength === 0) return;
    if (!this.#isBodyOpen) this.#pieces.openBody();
    this.#isBodyOpen = true;
    this.#isLineStart = bytes[bytes.byteLength - 1] === LF;
    this.#pieces.body(bytes);
  }

  #closeBody(): void {
    if (this.#isBodyOpen) this.#pieces.closeBody();
    this.#isBodyOpen = false;
  }

  #closeRun(): void {
    if (this.#run) this.#pieces.closeBase64();
    this.#run = undefined;
    this.#state = 'body';
  }
}

/** Index behind the empty line that ends a header block; -1 when there is none within the limit. */
function endOfHeader(input: Buffer, at: number): number {
  if (input[at] === LF) return at + 1;
  if (input[at] === CR && input[at + 1] === LF) return at + 2;
  const window = input.subarray(at, at + MAX_HEADER_BYTES);
  const crlf = window.indexOf('\n\r\n', 0, 'latin1');
  const lf = (crlf < 0 ? window : window.subarray(0, crlf)).indexOf('\n\n', 0, 'latin1');
  if (lf >= 0) return at + lf + 2;
  return crlf < 0 ? -1 : at + crlf + 3;
}

import { decodeLast, decodeWhole } from './base64-lines.js';
import { type LineEnd, MAX_LINE_CHARS } from './recipe.js';

/** Base64 text that has to be at hand before a run is opened: shorter attachments stay in the recipe. */
const LEAST_CHARS = 2048;
/** A run ends here, in decoded bytes, so that the ids of its chunks fit in memory. */
const MAX_RUN_BYTES = 1024 * 1024 * 1024;
/** Input that {@link Base64Run.start} wants to see, in bytes. */
export const RUN_START_BYTES = LEAST_CHARS + 2 * MAX_LINE_CHARS;

const LF = 0x0a;
const CR = 0x0d;

export interface RunPiece {
  readonly decoded: Uint8Array;
  /** Where the run stopped in the input: before the line end that follows its last line. */
  readonly next: number;
  readonly isOver: boolean;
}

/** A run of base64 lines of one length, which encoding again gives byte for byte. */
export class Base64Run {
  #bytes = 0;
  #isFirstLine = true;

  private constructor(
    readonly lineChars: number,
    readonly lineEnd: LineEnd,
  ) {}

  /** The run that starts at `at`, if decoding it pays. */
  static start(input: Buffer, at: number): Base64Run | undefined {
    const lf = input.indexOf(LF, at);
    const lineEnd = lf > at && input[lf - 1] === CR ? '\r\n' : '\n';
    const lineChars = lf - at - (lineEnd.length - 1);
    if (lf < 0 || lineChars < 4 || lineChars > MAX_LINE_CHARS || lineChars % 4 !== 0) return undefined;
    const run = new Base64Run(lineChars, lineEnd);
    return run.#isLongEnough(input, at) ? run : undefined;
  }

  #isLongEnough(input: Buffer, at: number): boolean {
    const scratch = new Uint8Array((this.lineChars / 4) * 3);
    for (let start = at, end = at + LEAST_CHARS; start < end; start += this.lineChars + this.lineEnd.length)
      if (!this.#hasLineEnd(input, start + this.lineChars) || !decodeWhole(input, start, this.lineChars, scratch, 0))
        return false;
    return true;
  }

  /** Decodes the lines at hand. Each is taken with the line end *before* it; `isLast` says that no more input comes. */
  read(input: Buffer, at: number, isLast: boolean, reserve: (bytes: number) => Buffer): RunPiece {
    const gap = this.lineEnd.length;
    const lineBytes = (this.lineChars / 4) * 3;
    const target = reserve(Math.ceil((input.byteLength - at) / (this.lineChars + gap) + 1) * lineBytes);
    let bytes = 0;
    let next = at;
    let isOver = false;
    while (!isOver) {
      const start = this.#isFirstLine ? next : next + gap;
      if (!isLast && start + this.lineChars + gap > input.byteLength) break;
      isOver = !this.#isFirstLine && !this.#hasLineEnd(input, next);
      if (isOver || this.#bytes + bytes >= MAX_RUN_BYTES) {
        isOver = true;
      } else if (
        this.#hasLineEnd(input, start + this.lineChars) &&
        decodeWhole(input, start, this.lineChars, target, bytes)
      ) {
        bytes += lineBytes;
        next = start + this.lineChars;
        this.#isFirstLine = false;
      } else {
        isOver = true;
        const chars = lineLength(input, start, this.lineChars);
        const decoded = decodeLast(input, start, chars, target, bytes);
        if (decoded > 0) {
          bytes += decoded;
          next = start + chars;
        }
      }
    }
    this.#bytes += bytes;
    return { decoded: target.subarray(0, bytes), next, isOver };
  }

  #hasLineEnd(input: Buffer, at: number): boolean {
    return this.lineEnd === '\n' ? input[at] === LF : input[at] === CR && input[at + 1] === LF;
  }
}

/** Characters up to a line end, or `most`. */
function lineLength(input: Buffer, start: number, most: number): number {
  let end = start;
  while (end < input.byteLength && end - start < most && input[end] !== CR && input[end] !== LF) end++;
  return end - start;
}

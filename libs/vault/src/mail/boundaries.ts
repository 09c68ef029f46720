const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;
const DELIMITER_START = Buffer.from('\n--');
/** A delimiter line that goes on longer than this behind its boundary is none. */
const MAX_PADDING_BYTES = 128;
/** Nested multiparts that are told apart. */
const MAX_NESTING = 32;

/** What a search for the next delimiter line found. Up to `bodyEnd` the input is body for certain. */
export type Search =
  | { readonly found: 'nothing' | 'unclear'; readonly bodyEnd: number }
  | { readonly found: 'delimiter'; readonly bodyEnd: number; readonly end: number; readonly isClosing: boolean };

interface Line {
  readonly end: number;
  readonly level: number;
  readonly isClosing: boolean;
}

/** The boundaries of the multiparts that are open, outermost first, and the search for the delimiter lines made of them. */
export class Boundaries {
  readonly #open: Buffer[] = [];

  push(boundary: string): void {
    if (this.#open.length < MAX_NESTING) this.#open.push(Buffer.from(boundary, 'latin1'));
  }

  /**
   * Finds the next delimiter line in `input` from `at`, and closes the multiparts that it closes. The line end before it
   * belongs to it. With `isLast`, the input's end decides what is unclear.
   */
  find(input: Buffer, at: number, isLineStart: boolean, isLast: boolean): Search {
    if (this.#open.length === 0) return { found: 'nothing', bodyEnd: input.byteLength };
    for (let from = at; ;) {
      const dashes = from === at && isLineStart && hasDashes(input, at) ? at : nextDashes(input, from);
      if (dashes < 0) return { found: 'nothing', bodyEnd: isLast ? input.byteLength : safeEnd(input, at, isLineStart) };
      const line = this.#lineAt(input, dashes, isLast);
      const bodyEnd = beforeLineEnd(input, at, dashes);
      if (line === 'unclear') return { found: 'unclear', bodyEnd };
      if (line) {
        this.#open.length = line.isClosing ? line.level : line.level + 1;
        return { found: 'delimiter', bodyEnd, end: line.end, isClosing: line.isClosing };
      }
      from = dashes + 1;
    }
  }

  #lineAt(input: Buffer, dashes: number, isLast: boolean): Line | 'unclear' | undefined {
    const start = dashes + 2;
    for (const [level, boundary] of [...this.#open.entries()].reverse()) {
      const there = input.subarray(start, start + boundary.byteLength);
      if (there.byteLength < boundary.byteLength && !isLast && boundary.subarray(0, there.byteLength).equals(there))
        return 'unclear';
      if (!there.equals(boundary)) continue;
      const line = lineEnd(input, start + boundary.byteLength, isLast);
      if (line === 'unclear') return line;
      if (line) return { level, ...line };
    }
    return undefined;
  }
}

function hasDashes(input: Buffer, at: number): boolean {
  return input[at] === DASH && input[at + 1] === DASH;
}

function nextDashes(input: Buffer, from: number): number {
  const found = input.indexOf(DELIMITER_START, from);
  return found < 0 ? -1 : found + 1;
}

/** Where the line end before `dashes` begins. */
function beforeLineEnd(input: Buffer, at: number, dashes: number): number {
  if (dashes <= at) return at;
  return dashes - 2 >= at && input[dashes - 2] === CR ? dashes - 2 : dashes - 1;
}

/** What follows a boundary: `--` for the last delimiter, padding, a line end. */
function lineEnd(input: Buffer, from: number, isLast: boolean): Omit<Line, 'level'> | 'unclear' | undefined {
  if (from + 1 >= input.byteLength && !isLast) return 'unclear';
  const isClosing = hasDashes(input, from);
  let at = isClosing ? from + 2 : from;
  for (const limit = at + MAX_PADDING_BYTES; at < limit && (input[at] === 0x20 || input[at] === 0x09);) at++;
  if (input[at] === CR) at++;
  if (at >= input.byteLength) return isLast ? { end: input.byteLength, isClosing } : 'unclear';
  return input[at] === LF ? { end: at + 1, isClosing } : undefined;
}

/** The end of what may be handed on when no delimiter was seen: not into a tail that may begin one. */
function safeEnd(input: Buffer, at: number, isLineStart: boolean): number {
  for (let end = Math.max(at, input.byteLength - 3); end < input.byteLength; end++) {
    const tail = input.toString('latin1', end);
    if ('\r\n--'.startsWith(tail) || '\n--'.startsWith(tail) || (end === at && isLineStart && tail === '-')) return end;
  }
  return input.byteLength;
}

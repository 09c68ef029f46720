import { AppError } from '@holdfast/kernel';

const LF = 0x0a;
const CR = 0x0d;

/** Of a long stretch of base64 this much stays, so that the parts around it are found as ever. */
const KEPT_BYTES = 64 * 1024;

/** What is not base64 stays whole, up to this: Exchange writes every attachment in base64, so only odd messages hold more. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024;

/** Where something lies in the message as it was. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/**
 * A message from which the middle of long base64 stretches was left out while it went by: all its headers, boundaries and texts in a few
 * hundred kilobytes, whatever is attached. Parts found in {@link bytes} are told where they lie in the message itself.
 */
export interface ElidedMime {
  readonly bytes: Buffer;
  /** The place of a part of {@link bytes} in the message; undefined when nothing of it was left out. */
  stretchOf(part: Buffer): Stretch | undefined;
}

interface Gap {
  /** Offset in what was kept, behind which the bytes are missing. */
  readonly at: number;
  bytes: number;
}

/** FAILED_PRECONDITION for a message with more than `maxKeptBytes` outside of long base64. */
export async function elideMime(
  message: AsyncIterable<Uint8Array>,
  maxKeptBytes = MAX_KEPT_BYTES,
): Promise<ElidedMime> {
  const elision = new Elision(maxKeptBytes);
  for await (const piece of message) elision.add(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
  return elision.end();
}

class Elision {
  readonly #kept: Buffer[] = [];
  readonly #gaps: Gap[] = [];
  #keptBytes = 0;
  /** Bytes of lines of base64 in a row, up to here. */
  #run = 0;
  /** What was kept ends within a line. */
  #isInsideLine = false;
  #waiting: Buffer = Buffer.alloc(0);

  constructor(private readonly maxKeptBytes: number) {}

  /** A carriage return at the end of a piece waits for what follows it: a line break is never parted. */
  add(piece: Buffer): void {
    const data = this.#waiting.length === 0 ? piece : Buffer.concat([this.#waiting, piece]);
    const isParted = data.at(-1) === CR;
    this.#waiting = isParted ? Buffer.from([CR]) : Buffer.alloc(0);
    this.#lines(isParted ? data.subarray(0, -1) : data);
  }

  #lines(piece: Buffer): void {
    for (let start = 0; start < piece.length;) {
      const lineEnd = piece.indexOf(LF, start);
      const end = lineEnd < 0 ? piece.length : lineEnd + 1;
      this.#line(piece.subarray(start, end));
      start = end;
    }
  }

  end(): ElidedMime {
    this.#lines(this.#waiting);
    const bytes = Buffer.concat(this.#kept, this.#keptBytes);
    const gaps = this.#gaps;
    return { bytes, stretchOf: (part) => stretchOf(bytes, gaps, part) };
  }

  /** A line, or a piece of one; a line that no base64 has ends the run. Boundaries stay at the start of a line. */
  #line(line: Buffer): void {
    const canBeLong = isBase64(line);
    const room = canBeLong ? Math.max(0, KEPT_BYTES - this.#run) : line.length;
    this.#run = canBeLong ? this.#run + line.length : 0;
    this.#keep(line.subarray(0, room));
    const rest = line.subarray(room);
    const breakAt = this.#isInsideLine ? lineBreakOf(rest) : rest.length;
    this.#leaveOut(breakAt);
    this.#keep(rest.subarray(breakAt));
  }

  /** A copy: what a stream gave may be overwritten, and holding a slice would hold all of it. */
  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#keptBytes += bytes.length;
    if (this.#keptBytes > this.maxKeptBytes) throw tooLong(this.maxKeptBytes);
    this.#kept.push(Buffer.from(bytes));
    this.#isInsideLine = bytes.at(-1) !== LF;
  }

  #leaveOut(bytes: number): void {
    const last = this.#gaps.at(-1);
    if (bytes === 0) return;
    if (last?.at === this.#keptBytes) last.bytes += bytes;
    else this.#gaps.push({ at: this.#keptBytes, bytes });
  }
}

/** Where the line's break begins; its length when it has none. */
function lineBreakOf(line: Buffer): number {
  if (line.at(-1) !== LF) return line.length;
  return line.length - (line.at(-2) === CR ? 2 : 1);
}

function isBase64(line: Buffer): boolean {
  return /^[A-Za-z0-9+/=\r\n]*$/.test(line.toString('latin1'));
}

/** A gap right behind a part, but for the line break that belongs to the boundary after it, is the part's own. */
function stretchOf(bytes: Buffer, gaps: readonly Gap[], part: Buffer): Stretch | undefined {
  const start = part.byteOffset - bytes.byteOffset;
  const end = start + part.length;
  const before = gaps.filter(({ at }) => at <= start).reduce((sum, gap) => sum + gap.bytes, 0);
  const missing = gaps.filter(({ at }) => at > start && at <= end + 2).reduce((sum, gap) => sum + gap.bytes, 0);
  return missing === 0 ? undefined : { start: start + before, end: end + before + missing };
}

function tooLong(maxKeptBytes: number): AppError {
  return new AppError(
    'FAILED_PRECONDITION',
    `The message holds more than ${maxKeptBytes} bytes that are not sound base64, and a restore has to hold those at once. ` +
      'Export it as EML instead: that gives it as it was, of any size.',
    { context: { maxKeptBytes } },
  );
}

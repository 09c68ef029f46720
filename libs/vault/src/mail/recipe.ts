import { brokenObject } from '../broken-object.js';
import { asBuffer, copyShared } from '../octets.js';

/**
 * One step of rebuilding a message (docs/format/v1.md#mail-by-parts). `literal`: the next bytes of the frame's own text.
 * `copy`: the next payload bytes as they are. `base64`: the next payload bytes in base64, in lines of `lineChars`
 * characters with a line end between lines, none after the last.
 */
export type RecipeStep =
  | { readonly do: 'literal' | 'copy'; readonly bytes: number }
  | { readonly do: 'base64'; readonly bytes: number; readonly lineChars: number; readonly lineEnd: LineEnd };

export type LineEnd = '\n' | '\r\n';

/** `stepBytes` and `literalBytes`, each 4 bytes, unsigned little-endian; the steps and the literal text follow. */
export const FRAME_HEADER_BYTES = 8;
export const MAX_STEP_BYTES = 1024 * 1024;
export const MAX_LITERAL_BYTES = 4 * 1024 * 1024;
/** Longest base64 line that is told apart, in characters. */
export const MAX_LINE_CHARS = 1000;

const CODES = { literal: 1, copy: 2, base64: 3 } as const;
const LINE_ENDS: readonly LineEnd[] = ['\n', '\r\n'];

function check(holds: boolean, rule: string): void {
  if (!holds) throw brokenObject('mail recipe', rule);
}

/** Writes one frame: steps and literal text, in order. */
export class FrameWriter {
  #steps: number[] = [];
  #literals = Buffer.allocUnsafeSlow(32 * 1024);
  #literalBytes = 0;
  /** Literal bytes that the steps do not mention yet. */
  #pending = 0;

  get literalBytes(): number {
    return this.#literalBytes;
  }

  get isEmpty(): boolean {
    return this.#steps.length === 0 && this.#literalBytes === 0;
  }

  /** Bytes of the frame without its payload. */
  get bytes(): number {
    return FRAME_HEADER_BYTES + this.#steps.length + 9 + this.#literalBytes;
  }

  literal(bytes: Uint8Array): void {
    this.#reserve(bytes.byteLength);
    copyShared(bytes, this.#literals, this.#literalBytes);
    this.#literalBytes += bytes.byteLength;
    this.#pending += bytes.byteLength;
  }

  /** Takes back the last `count` literal bytes, which no step may have followed. */
  takeBack(count: number): Uint8Array {
    this.#literalBytes -= count;
    this.#pending -= count;
    return Uint8Array.from(this.#literals.subarray(this.#literalBytes, this.#literalBytes + count));
  }

  copy(bytes: number): void {
    this.#settle();
    this.#steps.push(CODES.copy);
    this.#number(bytes);
  }

  base64(bytes: number, lineChars: number, lineEnd: LineEnd): void {
    this.#settle();
    this.#steps.push(CODES.base64);
    this.#number(bytes);
    this.#number(lineChars);
    this.#steps.push(LINE_ENDS.indexOf(lineEnd));
  }

  /** The frame's bytes, in a buffer from `reserve`; the writer is empty afterwards. */
  finish(reserve: (bytes: number) => Buffer): Uint8Array {
    this.#settle();
    const frame = reserve(FRAME_HEADER_BYTES + this.#steps.length + this.#literalBytes);
    frame.writeUInt32LE(this.#steps.length, 0);
    frame.writeUInt32LE(this.#literalBytes, 4);
    frame.set(this.#steps, FRAME_HEADER_BYTES);
    frame.set(this.#literals.subarray(0, this.#literalBytes), FRAME_HEADER_BYTES + this.#steps.length);
    this.#steps = [];
    this.#literalBytes = 0;
    return frame;
  }

  #settle(): void {
    if (this.#pending === 0) return;
    this.#steps.push(CODES.literal);
    this.#number(this.#pending);
    this.#pending = 0;
  }

  /** Unsigned LEB128. */
  #number(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#steps.push((rest % 128) + 128);
    this.#steps.push(rest);
  }

  #reserve(bytes: number): void {
    if (this.#literalBytes + bytes <= this.#literals.byteLength) return;
    const grown = Buffer.allocUnsafeSlow(2 * (this.#literalBytes + bytes));
    grown.set(this.#literals.subarray(0, this.#literalBytes));
    this.#literals = grown;
  }
}

/** The lengths that a frame starts with, checked against what a reader may reserve. */
export function readFrameHeader(header: Uint8Array): { readonly stepBytes: number; readonly literalBytes: number } {
  const bytes = asBuffer(header);
  const stepBytes = bytes.readUInt32LE(0);
  const literalBytes = bytes.readUInt32LE(4);
  check(stepBytes > 0 && stepBytes <= MAX_STEP_BYTES, 'a frame has 1 byte to 1 MiB of steps');
  check(literalBytes <= MAX_LITERAL_BYTES, 'a frame has at most 4 MiB of literal text');
  return { stepBytes, literalBytes };
}

/** Reads a frame's steps; every literal byte has to be used by them. */
export function readSteps(steps: Uint8Array, literalBytes: number): RecipeStep[] {
  const found: RecipeStep[] = [];
  let at = 0;
  let literals = 0;
  const number = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = steps[at++];
      if (byte === undefined || scale > 2 ** 42) throw brokenObject('mail recipe', 'numbers are LEB128 below 2^49');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < steps.byteLength) {
    const step = readStep(steps[at++], number);
    if (step.do === 'literal') literals += step.bytes;
    found.push(step);
  }
  check(literals === literalBytes, 'its steps use all literal text of the frame');
  return found;
}

function readStep(code: number | undefined, number: () => number): RecipeStep {
  const bytes = number();
  check(bytes > 0, 'a step makes at least one byte');
  if (code === CODES.literal) return { do: 'literal', bytes };
  if (code === CODES.copy) return { do: 'copy', bytes };
  if (code !== CODES.base64) throw brokenObject('mail recipe', 'a step is 1, 2 or 3');
  const lineChars = number();
  check(
    lineChars >= 4 && lineChars <= MAX_LINE_CHARS && lineChars % 4 === 0,
    'base64 lines have 4 to 1,000 characters, a multiple of 4',
  );
  const lineEnd = LINE_ENDS[number()];
  if (lineEnd === undefined) throw brokenObject('mail recipe', 'a line end is 0 or 1');
  return { do: 'base64', bytes, lineChars, lineEnd };
}

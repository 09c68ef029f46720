import { asBuffer } from '../octets.js';
import type { LineEnd } from './recipe.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const PAD = 0x3d;
/** Sextets by character; other characters have a bit that no sum of sextets has. */
const INVALID = 1 << 24;

function sextetTable(shift: number): Int32Array {
  const table = new Int32Array(256).fill(INVALID);
  for (let value = 0; value < 64; value++) table[ALPHABET.charCodeAt(value)] = value << shift;
  return table;
}
const FIRST = sextetTable(18);
const SECOND = sextetTable(12);
const THIRD = sextetTable(6);
const FOURTH = sextetTable(0);

/** The three bytes of four characters, or a number with the INVALID bit. */
function quantum(text: Uint8Array, at: number): number {
  return (
    (FIRST[text[at] as number] as number) |
    (SECOND[text[at + 1] as number] as number) |
    (THIRD[text[at + 2] as number] as number) |
    (FOURTH[text[at + 3] as number] as number)
  );
}

/** Decodes `chars` characters (a multiple of 4) without padding; false when one is not of the alphabet. */
export function decodeWhole(text: Uint8Array, from: number, chars: number, target: Uint8Array, to: number): boolean {
  let invalid = 0;
  for (let at = from, out = to, end = from + chars; at < end; at += 4, out += 3) {
    const bits = quantum(text, at);
    invalid |= bits;
    target[out] = bits >>> 16;
    target[out + 1] = bits >>> 8;
    target[out + 2] = bits;
  }
  return (invalid & INVALID) === 0;
}

/**
 * Decodes the last line of a run: `chars` characters that may end in padding. Returns the number of bytes, or -1 unless
 * encoding them again gives the same characters.
 */
export function decodeLast(text: Uint8Array, from: number, chars: number, target: Uint8Array, to: number): number {
  if (chars === 0 || chars % 4 !== 0) return -1;
  const end = from + chars;
  if (text[end - 1] !== PAD) return decodeWhole(text, from, chars, target, to) ? (chars / 4) * 3 : -1;
  if (!decodeWhole(text, from, chars - 4, target, to)) return -1;
  const out = to + (chars / 4 - 1) * 3;
  const two = text[end - 2] === PAD;
  const bits =
    (FIRST[text[end - 4] as number] as number) |
    (SECOND[text[end - 3] as number] as number) |
    (two ? 0 : (THIRD[text[end - 2] as number] as number));
  // Bits that padding cuts off have to be zero, else the text is not what an encoder writes.
  if ((bits & INVALID) !== 0 || (bits & (two ? 0xffff : 0xff)) !== 0) return -1;
  target[out] = bits >>> 16;
  if (two) return out + 1 - to;
  target[out + 1] = bits >>> 8;
  return out + 2 - to;
}

/** The length of `bytes` bytes in base64 lines. */
export function encodedLength(bytes: number, lineChars: number, lineEnd: LineEnd): number {
  const chars = Math.ceil(bytes / 3) * 4;
  return chars + Math.max(0, Math.ceil(chars / lineChars) - 1) * lineEnd.length;
}

/** Bytes that are encoded at once: longer strings are made more slowly. */
const BLOCK_BYTES = 48 * 1024;

/**
 * Encodes bytes as base64 lines into `target` from `to`, a line end between lines; returns the place behind them. The text of many lines is
 * put where they end, and each line moved to its place: up to three times as fast as a loop over the bytes.
 */
export function encodeLines(
  bytes: Uint8Array,
  lineChars: number,
  lineEnd: LineEnd,
  target: Uint8Array,
  to: number,
): number {
  const [source, text] = [asBuffer(bytes), asBuffer(target)];
  const lineBytes = (lineChars / 4) * 3;
  const blockBytes = Math.max(1, Math.floor(BLOCK_BYTES / lineBytes)) * lineBytes;
  let out = to;
  for (let from = 0; from < source.byteLength; from += blockBytes) {
    const until = Math.min(from + blockBytes, source.byteLength);
    const end = out + (from > 0 ? lineEnd.length : 0) + encodedLength(until - from, lineChars, lineEnd);
    let at = end - Math.ceil((until - from) / 3) * 4;
    text.write(source.toString('base64', from, until), at, 'latin1');
    for (; at < end; at += lineChars) {
      if (out > to) out = encodeLineEnd(lineEnd, text, out);
      const chars = Math.min(lineChars, end - at);
      if (out !== at) text.copyWithin(out, at, at + chars);
      out += chars;
    }
  }
  return out;
}

function encodeLineEnd(lineEnd: LineEnd, target: Uint8Array, to: number): number {
  let out = to;
  if (lineEnd === '\r\n') target[out++] = 0x0d;
  target[out++] = 0x0a;
  return out;
}

/** Encodes bytes that come in pieces as base64 lines, with a line end between lines and none after the last. */
export class Base64LineWriter {
  readonly #lineChars: number;
  readonly #lineEnd: LineEnd;
  #rest: Uint8Array = new Uint8Array(0);
  #started = false;

  constructor(lineChars: number, lineEnd: LineEnd) {
    this.#lineChars = lineChars;
    this.#lineEnd = lineEnd;
  }

  /** The text of all lines that `bytes` fills; with `isLast` also of the rest. */
  write(bytes: Uint8Array, isLast: boolean): Uint8Array {
    const all = this.#rest.byteLength === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const lineBytes = (this.#lineChars / 4) * 3;
    const whole = isLast ? all.byteLength : all.byteLength - (all.byteLength % lineBytes);
    this.#rest = Uint8Array.from(all.subarray(whole));
    if (whole === 0) return new Uint8Array(0);
    const lead = this.#started ? this.#lineEnd.length : 0;
    const text = Buffer.allocUnsafe(lead + encodedLength(whole, this.#lineChars, this.#lineEnd));
    if (lead > 0) encodeLineEnd(this.#lineEnd, text, 0);
    encodeLines(all.subarray(0, whole), this.#lineChars, this.#lineEnd, text, lead);
    this.#started = true;
    return text;
  }
}

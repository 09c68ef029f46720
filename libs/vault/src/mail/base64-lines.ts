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

/** Encodes bytes that come in pieces as base64 lines, with a line end between lines and none after the last. */
export class Base64LineWriter {
  readonly #lineBytes: number;
  readonly #lineEnd: LineEnd;
  #rest: Uint8Array = new Uint8Array(0);
  #started = false;

  constructor(lineChars: number, lineEnd: LineEnd) {
    this.#lineBytes = (lineChars / 4) * 3;
    this.#lineEnd = lineEnd;
  }

  /** The text of all lines that `bytes` fills; with `isLast` also of the rest. */
  write(bytes: Uint8Array, isLast: boolean): Uint8Array {
    const all = this.#rest.byteLength === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const whole = isLast ? all.byteLength : all.byteLength - (all.byteLength % this.#lineBytes);
    this.#rest = Uint8Array.from(all.subarray(whole));
    const lines: string[] = [];
    const text = asBuffer(all).toString('base64', 0, whole);
    const lineChars = (this.#lineBytes / 3) * 4;
    if (whole > 0 && this.#started) lines.push('');
    for (let at = 0; at < text.length; at += lineChars) lines.push(text.slice(at, at + lineChars));
    this.#started ||= whole > 0;
    return Buffer.from(lines.join(this.#lineEnd), 'latin1');
  }
}

import { AppError } from '@holdfast/kernel';
import type { CborValue } from '../item-record.js';
import { MAX_CBOR_DEPTH } from './limits.js';

/** Bytes of the output buffer that is kept for the next call; it doubles as needed. */
const INITIAL_BYTES = 64 * 1024;

/** A larger buffer than this is let go after the call that needed it. */
const KEPT_BYTES = 1024 * 1024;

/** Keys of the format and names of properties come again and again: this many encoded ones are remembered. */
const REMEMBERED_KEYS = 2000;
/** Texts up to this length are written character by character while they are ASCII: a call into the runtime costs more. */
const SHORT_TEXT = 40;

const UINT = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;

/**
 * The one encoding that the format allows for a value (docs/format/v1.md#cbor). Properties that are undefined are left out,
 * unpaired surrogates become U+FFFD. Throws INVALID_ARGUMENT for NaN, infinities, integers beyond 64 bits and too deep nesting.
 */
export function encodeCbor(value: CborValue): Uint8Array {
  const output = spare ?? new Output();
  spare = undefined;
  write(output, value, 0);
  const bytes = output.take();
  spare = output;
  return bytes;
}

class Output {
  #buffer = Buffer.allocUnsafe(INITIAL_BYTES);
  #end = 0;

  reserve(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#end + bytes));
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }

  byte(value: number): void {
    this.reserve(1);
    this.#buffer[this.#end++] = value;
  }

  /** A major type with its argument in the shortest of CBOR's five forms. */
  head(major: number, argument: number): void {
    this.reserve(9);
    const type = major << 5;
    if (argument < 24) this.#buffer[this.#end++] = type | argument;
    else if (argument < 0x100) {
      this.#buffer[this.#end++] = type | 24;
      this.#buffer[this.#end++] = argument;
    } else if (argument < 0x1_0000) {
      this.#buffer[this.#end++] = type | 25;
      this.#end = this.#buffer.writeUInt16BE(argument, this.#end);
    } else if (argument < 0x1_0000_0000) {
      this.#buffer[this.#end++] = type | 26;
      this.#end = this.#buffer.writeUInt32BE(argument, this.#end);
    } else this.wideHead(major, BigInt(argument));
  }

  wideHead(major: number, argument: bigint): void {
    this.reserve(9);
    this.#buffer[this.#end++] = (major << 5) | 27;
    this.#end = this.#buffer.writeBigUInt64BE(argument, this.#end);
  }

  double(value: number): void {
    this.reserve(9);
    this.#buffer[this.#end++] = 0xfb;
    this.#end = this.#buffer.writeDoubleBE(value, this.#end);
  }

  bytes(value: Uint8Array): void {
    this.reserve(value.length);
    this.#buffer.set(value, this.#end);
    this.#end += value.length;
  }

  text(value: string): void {
    if (value.length > SHORT_TEXT || !this.#ascii(value)) this.#anyText(value);
  }

  /** Writes a short text; false, and nothing is written, where it is not ASCII. */
  #ascii(value: string): boolean {
    this.reserve(value.length + 2);
    const from = this.#end + (value.length < 24 ? 1 : 2);
    for (let at = 0; at < value.length; at++) {
      const code = value.charCodeAt(at);
      if (code >= 0x80) return false;
      this.#buffer[from + at] = code;
    }
    this.head(TEXT, value.length);
    this.#end += value.length;
    return true;
  }

  #anyText(value: string): void {
    const bytes = Buffer.byteLength(value);
    this.head(TEXT, bytes);
    this.reserve(bytes);
    this.#end += this.#buffer.write(value, this.#end);
  }

  /** A copy of what was written; the output is empty again. */
  take(): Uint8Array {
    const bytes = Uint8Array.prototype.slice.call(this.#buffer, 0, this.#end);
    this.#end = 0;
    if (this.#buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafe(INITIAL_BYTES);
    return bytes;
  }
}

/** Allocating a buffer for each of a record's many calls cost more than the encoding. */
let spare: Output | undefined;
const rememberedKeys = new Map<number | string, EncodedKey>();

interface EncodedKey {
  readonly bytes: Uint8Array;
  /** The same bytes as characters, which compare in the same order and much sooner. */
  readonly rank: string;
}

function encodeKey(key: number | string): EncodedKey {
  const known = rememberedKeys.get(key);
  if (known) return known;
  const bytes = encodeCbor(key);
  const encoded = { bytes, rank: Buffer.from(bytes).toString('latin1') };
  if (rememberedKeys.size < REMEMBERED_KEYS) rememberedKeys.set(key, encoded);
  return encoded;
}

function write(output: Output, value: CborValue, depth: number): void {
  switch (typeof value) {
    case 'string':
      output.text(value);
      return;
    case 'number':
      writeNumber(output, value);
      return;
    case 'bigint':
      writeBigInt(output, value);
      return;
    case 'boolean':
      output.byte(value ? 0xf5 : 0xf4);
      return;
    default:
      writeObject(output, value, depth);
  }
}

function writeNumber(output: Output, value: number): void {
  if (!Number.isFinite(value)) throw refused('a number has to be finite');
  if (!Number.isSafeInteger(value)) output.double(value);
  else if (value >= 0) output.head(UINT, value);
  else output.head(NEGATIVE, -1 - value);
}

function writeBigInt(output: Output, value: bigint): void {
  if (value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)) {
    writeNumber(output, Number(value));
    return;
  }
  const argument = value >= 0n ? value : -1n - value;
  if (argument >= 1n << 64n) throw refused('an integer has to fit in 64 bits');
  output.wideHead(value >= 0n ? UINT : NEGATIVE, argument);
}

function writeObject(output: Output, value: Extract<CborValue, object> | null, depth: number): void {
  if (value === null) {
    output.byte(0xf6);
    return;
  }
  if (value instanceof Uint8Array) {
    output.head(BYTES, value.length);
    output.bytes(value);
    return;
  }
  if (depth >= MAX_CBOR_DEPTH) throw refused(`maps and arrays may nest ${MAX_CBOR_DEPTH} deep`);
  if (isList(value)) {
    output.head(ARRAY, value.length);
    for (const element of value) write(output, element, depth + 1);
    return;
  }
  writeMap(output, value instanceof Map ? value : Object.entries(value), depth);
}

/** `Array.isArray` that also narrows read-only arrays. */
function isList(value: object): value is readonly CborValue[] {
  return Array.isArray(value);
}

function writeMap(output: Output, pairs: Iterable<[number | string, CborValue | undefined]>, depth: number): void {
  const entries: { key: EncodedKey; value: CborValue }[] = [];
  let isSorted = true;
  let last = '';
  for (const [name, value] of pairs) {
    if (value === undefined) continue;
    const key = encodeKey(name);
    if (key.rank < last) isSorted = false;
    last = key.rank;
    entries.push({ key, value });
  }
  // Maps of the format mostly come in order, and sorting a short list takes more memory than writing it.
  if (!isSorted) entries.sort((a, b) => (a.key.rank < b.key.rank ? -1 : a.key.rank > b.key.rank ? 1 : 0));
  output.head(MAP, entries.length);
  for (const { key, value } of entries) {
    output.bytes(key.bytes);
    write(output, value, depth + 1);
  }
}

function refused(rule: string): AppError {
  return new AppError('INVALID_ARGUMENT', `A value cannot be stored: ${rule}.`, { context: { rule } });
}

import type { AppError } from '@holdfast/kernel';
import { brokenObject } from '../broken-object.js';
import { MAX_CBOR_BYTES, MAX_CBOR_DEPTH } from './limits.js';

/** What {@link decodeCbor} gives back: maps always as `Map`, byte strings as views of the input. */
export type DecodedCbor =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly DecodedCbor[]
  | ReadonlyMap<number | string, DecodedCbor>;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads one CBOR item in the format's only encoding (docs/format/v1.md#cbor): any other byte sequence, even for the same value, is
 * refused with VAULT_OBJECT_INVALID naming the rule. `object` names the thing in the refusal.
 */
export function decodeCbor(bytes: Uint8Array, object: string, maxBytes = MAX_CBOR_BYTES): DecodedCbor {
  if (bytes.length > maxBytes) throw brokenObject(object, `it may have ${maxBytes} bytes`);
  const input = new Input(bytes, object);
  const value = input.item(0);
  if (!input.atEnd) throw brokenObject(object, 'bytes follow the end of the CBOR item');
  return value;
}

class Input {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(
    bytes: Uint8Array,
    private readonly object: string,
  ) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  item(depth: number): DecodedCbor {
    const first = this.#bytes[this.#pass(1)] ?? 0;
    switch (first >> 5) {
      case 0:
        return this.#argument(first);
      case 1:
        return this.#negative(first);
      case 2:
        return this.#byteString(first);
      case 3:
        return this.#text(first);
      case 4:
        return this.#array(first, depth);
      case 5:
        return this.#map(first, depth);
      case 6:
        throw this.#invalid('tags are not allowed');
      default:
        return this.#simple(first);
    }
  }

  /** Steps over some bytes and answers where they start. */
  #pass(bytes: number): number {
    const start = this.#at;
    if (bytes > this.#bytes.length - start) throw this.#invalid('the CBOR item is cut short');
    this.#at = start + bytes;
    return start;
  }

  #argument(first: number): number | bigint {
    const form = first & 31;
    switch (form) {
      case 24:
        return this.#atLeast(24, this.#bytes.readUInt8(this.#pass(1)));
      case 25:
        return this.#atLeast(0x100, this.#bytes.readUInt16BE(this.#pass(2)));
      case 26:
        return this.#atLeast(0x1_0000, this.#bytes.readUInt32BE(this.#pass(4)));
      case 27:
        return this.#wide(this.#pass(8));
      default:
        if (form > 27) throw this.#invalid('indefinite lengths and reserved forms are not allowed');
        return form;
    }
  }

  #atLeast(least: number, argument: number): number {
    if (argument < least) throw this.#invalid('integers and lengths take their shortest form');
    return argument;
  }

  #wide(at: number): number | bigint {
    const high = this.#bytes.readUInt32BE(at);
    if (high === 0) throw this.#invalid('integers and lengths take their shortest form');
    return high < 0x20_0000 ? high * 2 ** 32 + this.#bytes.readUInt32BE(at + 4) : this.#bytes.readBigUInt64BE(at);
  }

  #negative(first: number): number | bigint {
    const argument = this.#argument(first);
    if (typeof argument === 'number' && argument < Number.MAX_SAFE_INTEGER) return -1 - argument;
    return -1n - BigInt(argument);
  }

  #length(first: number): number {
    const length = this.#argument(first);
    if (typeof length === 'bigint' || length > this.#bytes.length - this.#at)
      throw this.#invalid('the CBOR item is cut short');
    return length;
  }

  #byteString(first: number): Uint8Array {
    const length = this.#length(first);
    const start = this.#pass(length);
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length);
  }

  #text(first: number): string {
    const length = this.#length(first);
    const start = this.#pass(length);
    const text = this.#bytes.toString('utf8', start, start + length);
    // What is no UTF-8 becomes U+FFFD, which real text may hold too.
    return text.includes('\uFFFD') ? this.#checkedText(start, length) : text;
  }

  #checkedText(start: number, length: number): string {
    try {
      return utf8.decode(this.#bytes.subarray(start, start + length));
    } catch {
      throw brokenObject(this.object, 'text has to be valid UTF-8');
    }
  }

  #array(first: number, depth: number): DecodedCbor {
    const length = this.#nested(first, depth);
    const elements: DecodedCbor[] = [];
    for (let i = 0; i < length; i++) elements.push(this.item(depth + 1));
    return elements;
  }

  #map(first: number, depth: number): DecodedCbor {
    const size = this.#nested(first, depth);
    const map = new Map<number | string, DecodedCbor>();
    let previousStart = 0;
    let previousEnd = 0;
    for (let i = 0; i < size; i++) {
      const start = this.#at;
      const key = this.item(depth + 1);
      if (typeof key !== 'number' && typeof key !== 'string') throw this.#invalid('keys are integers or text');
      if (i > 0 && !this.#isBefore(previousStart, previousEnd, start))
        throw this.#invalid('keys of a map are sorted by their encoded bytes and come once');
      previousStart = start;
      previousEnd = this.#at;
      map.set(key, this.item(depth + 1));
    }
    return map;
  }

  /** Whether the bytes from `start` to where the input is now come after those before them. The first byte mostly says so. */
  #isBefore(previousStart: number, previousEnd: number, start: number): boolean {
    const bytes = this.#bytes;
    const [before = 0, first = 0] = [bytes[previousStart], bytes[start]];
    return (
      before < first || (before === first && bytes.compare(bytes, previousStart, previousEnd, start, this.#at) > 0)
    );
  }

  #nested(first: number, depth: number): number {
    if (depth >= MAX_CBOR_DEPTH) throw this.#invalid(`maps and arrays may nest ${MAX_CBOR_DEPTH} deep`);
    return this.#length(first);
  }

  #simple(first: number): null | boolean | number {
    switch (first) {
      case 0xf4:
        return false;
      case 0xf5:
        return true;
      case 0xf6:
        return null;
      case 0xfb: {
        const value = this.#bytes.readDoubleBE(this.#pass(8));
        if (!Number.isFinite(value)) throw this.#invalid('numbers are finite');
        if (Number.isSafeInteger(value)) throw this.#invalid('integers are not written as floats');
        return value;
      }
      default:
        throw this.#invalid('of the simple values only false, true, null and 64-bit floats are allowed');
    }
  }

  #invalid(rule: string): AppError {
    return brokenObject(this.object, rule);
  }
}

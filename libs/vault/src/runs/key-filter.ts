import { brokenObject } from '../broken-object.js';
import { sha256Text } from '../short-hmac.js';

/** Bits per key and probes per look-up: one false answer in about 2,000 (docs/format/v1.md#key-filter). */
const BITS_PER_KEY = 16;
const PROBES = 11;

/** The two numbers that a key's probes come from, taken once for look-ups in many filters. */
export interface KeyProbe {
  readonly start: number;
  readonly step: number;
}

export function probeOf(key: Uint8Array): KeyProbe {
  const digest = sha256Text(key);
  return { start: littleEndian(digest, 0), step: littleEndian(digest, 4) };
}

/** The unsigned integer of four characters that are bytes, lowest first. */
function littleEndian(text: string, at: number): number {
  let number = 0;
  for (let place = at + 3; place >= at; place--) number = number * 256 + text.charCodeAt(place);
  return number;
}

/** A Bloom filter over a run's keys: never denies a key that is there. 2 bytes per key. */
export class KeyFilter {
  private constructor(readonly bytes: Uint8Array) {}

  static empty(keys: number): KeyFilter {
    return new KeyFilter(new Uint8Array(Math.max(8, Math.ceil((keys * BITS_PER_KEY) / 8))));
  }

  static fromBytes(bytes: Uint8Array): KeyFilter {
    if (bytes.length < 8) throw brokenObject('key filter', 'it has at least 8 bytes');
    return new KeyFilter(bytes);
  }

  add(probe: KeyProbe): void {
    for (let n = 0; n < PROBES; n++) {
      const bit = this.#bit(probe, n);
      this.bytes[bit >>> 3] = (this.bytes[bit >>> 3] ?? 0) | (1 << (bit & 7));
    }
  }

  mayHave(probe: KeyProbe): boolean {
    for (let n = 0; n < PROBES; n++) {
      const bit = this.#bit(probe, n);
      if (((this.bytes[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }

  #bit({ start, step }: KeyProbe, n: number): number {
    return ((start + n * step) % 2 ** 32) % (this.bytes.length * 8);
  }
}

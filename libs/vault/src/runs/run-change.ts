import { encodeCbor } from '../cbor/encode-cbor.js';

/** What a run holds for a key beside a stored value. `seen`: still there and unchanged. */
export type Mark = 'gone' | 'seen';

const GONE = encodeCbor(null);
const SEEN = encodeCbor(true);

/** One entry of a run: the last word on a key, as far as the run goes. */
export interface RunChange {
  readonly key: Uint8Array;
  /** A value as a tree's node holds it, or a mark. */
  readonly value: Uint8Array | Mark;
}

/** Changes in key order, some at a time. */
export type RunPages = AsyncIterable<readonly RunChange[]>;

/** CBOR null for `gone`, true for `seen`, else the stored value (docs/format/v1.md#runs). */
export function encodeChangeValue(value: RunChange['value']): Uint8Array {
  if (value === 'gone') return GONE;
  return value === 'seen' ? SEEN : value;
}

/** Reverses {@link encodeChangeValue}. */
export function decodeChangeValue(bytes: Uint8Array): RunChange['value'] {
  if (bytes.length !== 1) return bytes;
  if (bytes[0] === GONE[0]) return 'gone';
  return bytes[0] === SEEN[0] ? 'seen' : bytes;
}

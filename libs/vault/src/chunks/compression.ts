import { corruptChunk } from '../broken-object.js';
import { MAX_CHUNK_BYTES } from './chunk-parameters.js';
import { looksCompressible } from './compressible.js';
import { mostFrameBytes, ZstdFrameReader, ZstdFrames } from './zstd-frames.js';

/**
 * How hard to compress: `auto` is zstd's level 2 for short chunks and `fast`, its level 1, for long ones. On mail of 20 KB level 2
 * stores 1.2 % more than 3 for a sixth less CPU, and level 1 another 2.8 % more for another sixth less.
 */
export type CompressionLevel = 'none' | 'fast' | 'normal' | 'auto';

/** First byte of a sealed chunk's plain text (docs/format/v1.md#packs). */
export const STORED = 0;
export const ZSTD = 1;

/** Below this many bytes a zstd frame cannot win. */
const LEAST_BYTES = 48;
const SHORT_BYTES = 64 * 1024;

/** What is sealed for a chunk: its form, a byte, and what the form says. */
export interface Payload {
  readonly form: typeof STORED | typeof ZSTD;
  /** Form and bytes, one after the other; valid until the next payload is made. */
  readonly pieces: readonly Uint8Array[];
}

const STORED_FORM = Uint8Array.of(STORED);

function stored(plain: Uint8Array): Payload {
  return { form: STORED, pieces: [STORED_FORM, plain] };
}

function zstdLevel(level: Exclude<CompressionLevel, 'none'>, plainBytes: number): number {
  if (level === 'auto') return plainBytes <= SHORT_BYTES ? 2 : 1;
  return level === 'fast' ? 1 : 3;
}

const framesByLevel = new Map<number, ZstdFrames>();
let scratch: Uint8Array = new Uint8Array(0);

/** Every thread has its own module, so its own contexts and its own scratch memory, of about twice its longest chunk. */
function framesOf(level: number): ZstdFrames {
  const known = framesByLevel.get(level);
  if (known) return known;
  const frames = new ZstdFrames(level);
  framesByLevel.set(level, frames);
  return frames;
}

/** What is sealed for a chunk: a zstd frame where that saves at least a thirty-second, else the bytes themselves. */
export function compressChunk(plain: Uint8Array, level: CompressionLevel): Payload {
  if (level === 'none' || plain.byteLength < LEAST_BYTES || !looksCompressible(plain)) return stored(plain);
  const room = 1 + mostFrameBytes(plain.byteLength);
  if (scratch.byteLength < room) scratch = new Uint8Array(2 ** Math.ceil(Math.log2(room)));
  const bytes = framesOf(zstdLevel(level, plain.byteLength)).write(plain, scratch, 1);
  if (bytes > plain.byteLength - (plain.byteLength >>> 5)) return stored(plain);
  scratch[0] = ZSTD;
  return { form: ZSTD, pieces: [scratch.subarray(0, 1 + bytes)] };
}

/** The plain bytes of a payload, in `target` where it is given; never more than `plainBytes`, whatever the payload claims. */
export function decompressChunk(
  form: number,
  payload: Uint8Array,
  plainBytes: number,
  target?: Uint8Array,
): Uint8Array {
  if (plainBytes > MAX_CHUNK_BYTES) throw corruptChunk('it has at most 8 MiB');
  if (form !== STORED && form !== ZSTD) throw corruptChunk('its form is stored or zstd');
  if (form === ZSTD) return inflate(payload, target ?? Buffer.allocUnsafeSlow(plainBytes));
  if (payload.byteLength !== plainBytes) throw corruptChunk('it has as many plain bytes as its pack says');
  target?.set(payload);
  return target ?? payload;
}

let reader: ZstdFrameReader | undefined;

function inflate(payload: Uint8Array, plain: Uint8Array): Uint8Array {
  reader ??= new ZstdFrameReader();
  if (!reader.read(payload, plain)) throw corruptChunk('its payload is a zstd frame of its plain bytes');
  return plain;
}

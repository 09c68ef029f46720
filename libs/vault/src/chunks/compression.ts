import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { corruptChunk } from '../broken-object.js';
import { MAX_CHUNK_BYTES } from './chunk-parameters.js';
import { looksCompressible } from './compressible.js';

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

export interface Payload {
  readonly form: typeof STORED | typeof ZSTD;
  readonly bytes: Uint8Array;
}

function zstdLevel(level: Exclude<CompressionLevel, 'none'>, plainBytes: number): number {
  if (level === 'auto') return plainBytes <= SHORT_BYTES ? 2 : 1;
  return level === 'fast' ? 1 : 3;
}

/** What is sealed for a chunk: a zstd frame where that saves at least a thirty-second, else the bytes themselves. */
export function compressChunk(plain: Uint8Array, level: CompressionLevel): Payload {
  if (level === 'none' || plain.byteLength < LEAST_BYTES || !looksCompressible(plain))
    return { form: STORED, bytes: plain };
  const bytes = zstdCompressSync(plain, {
    pledgedSrcSize: plain.byteLength,
    chunkSize: Math.max(1024, plain.byteLength),
    params: { [constants.ZSTD_c_compressionLevel]: zstdLevel(level, plain.byteLength) },
  });
  return bytes.byteLength <= plain.byteLength - (plain.byteLength >>> 5)
    ? { form: ZSTD, bytes }
    : { form: STORED, bytes: plain };
}

/** The plain bytes of a payload; never more than `plainBytes`, whatever the payload claims. */
export function decompressChunk(form: number, payload: Uint8Array, plainBytes: number): Uint8Array {
  if (plainBytes > MAX_CHUNK_BYTES) throw corruptChunk('it has at most 8 MiB');
  if (form !== STORED && form !== ZSTD) throw corruptChunk('its form is stored or zstd');
  const plain = form === STORED ? payload : inflate(payload, plainBytes);
  if (plain.byteLength !== plainBytes) throw corruptChunk('it has as many plain bytes as its pack says');
  return plain;
}

function inflate(payload: Uint8Array, plainBytes: number): Uint8Array {
  try {
    return zstdDecompressSync(payload, {
      chunkSize: Math.max(64, plainBytes),
      maxOutputLength: Math.max(1, plainBytes),
    });
  } catch {
    throw corruptChunk('its payload is a zstd frame of its plain bytes');
  }
}

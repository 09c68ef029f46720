import { chunkIdBytes } from '../chunks/chunk-id.js';
import { readChunkId } from '../cbor/read-chunk-id.js';
import { decodeCbor, type DecodedCbor } from '../cbor/decode-cbor.js';
import { encodeCbor } from '../cbor/encode-cbor.js';
import { brokenObject } from '../broken-object.js';
import type { ChunkStore } from '../ports.js';

/** Bytes of the largest value that lies in its tree node; larger ones lie in chunks of their own (docs/format/v1.md#out-of-line). */
export const MAX_INLINE_BYTES = 2048;

/** Plain bytes per out-of-line chunk. */
const PIECE_BYTES = 256 * 1024;

/** CBOR's major type of arrays: a value is a map, its out-of-line form an array. */
const ARRAY = 4;

/**
 * What a node or run holds for a value that is a CBOR map: the map itself, or for a large one the array of the `meta` chunks that
 * hold it. Equal values give equal results. Only a large one has to be waited for.
 */
export function putValue(store: ChunkStore, value: Uint8Array): Uint8Array | Promise<Uint8Array> {
  return value.length <= MAX_INLINE_BYTES ? value : putPieces(store, value);
}

/** Reverses {@link putValue}. */
export function getValue(store: ChunkStore, stored: Uint8Array, object: string): Uint8Array | Promise<Uint8Array> {
  return isOutOfLine(stored) ? getPieces(store, stored, object) : stored;
}

/** Whether what a node or run holds for a value is the list of the chunks that hold it. */
export function isOutOfLine(stored: Uint8Array): boolean {
  return (stored[0] ?? 0) >> 5 === ARRAY;
}

/** Puts bytes into `meta` chunks, whatever their size; answers the list of the chunks' ids in CBOR. */
export async function putPieces(store: ChunkStore, bytes: Uint8Array): Promise<Uint8Array> {
  const ids: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    ids.push(chunkIdBytes(await store.put('meta', bytes.subarray(at, at + PIECE_BYTES))));
  return encodeCbor(ids);
}

/** Reverses {@link putPieces}; `object` names the thing in a refusal. */
export async function getPieces(store: ChunkStore, stored: Uint8Array, object: string): Promise<Uint8Array> {
  const list = decodeCbor(stored, object);
  const ids = Array.isArray(list) ? (list as readonly DecodedCbor[]) : [];
  if (ids.length === 0) throw brokenObject(object, 'out of line it is a list of chunk ids');
  const pieces: Uint8Array[] = [];
  for (const id of ids) pieces.push(await store.get('meta', readChunkId(id, object)));
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
}

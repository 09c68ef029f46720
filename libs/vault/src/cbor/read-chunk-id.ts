import type { ChunkId } from '@holdfast/kernel';
import { CHUNK_ID_BYTES, chunkIdOf } from '../chunks/chunk-id.js';
import { type DecodedCbor } from './decode-cbor.js';
import { brokenObject } from '../broken-object.js';

/** Reads a stored chunk id; `object` names the holder in a refusal. */
export function readChunkId(value: DecodedCbor | undefined, object: string): ChunkId {
  if (!(value instanceof Uint8Array) || value.length !== CHUNK_ID_BYTES)
    throw brokenObject(object, 'a chunk id has 32 bytes');
  return chunkIdOf(value);
}

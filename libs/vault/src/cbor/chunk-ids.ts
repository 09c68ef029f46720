import { type ChunkId, parseChunkId } from '@holdfast/kernel';
import { type DecodedCbor } from './decode-cbor.js';
import { invalidObject } from './invalid-object.js';

/** A chunk id as the format stores it: 32 bytes. */
export function chunkIdBytes(id: ChunkId): Uint8Array {
  return Buffer.from(id, 'hex');
}

/** Reads a stored chunk id; `object` names the holder in a refusal. */
export function readChunkId(value: DecodedCbor | undefined, object: string): ChunkId {
  if (!(value instanceof Uint8Array) || value.length !== 32) throw invalidObject(object, 'a chunk id has 32 bytes');
  return parseChunkId(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex'));
}

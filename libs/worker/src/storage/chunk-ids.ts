import type { ChunkId } from '@holdfast/kernel';
import { chunkIdBytes, chunkIdOf } from '@holdfast/vault';

const ID_BYTES = 32;

/** Ids one after the other, 32 bytes each, as storage's messages carry them. */
export const joinedIds = (ids: readonly ChunkId[]): Buffer => Buffer.concat(ids.map(chunkIdBytes));

/** Reverses {@link joinedIds}. */
export function* splitIds(bytes: Uint8Array): Generator<ChunkId> {
  for (let from = 0; from < bytes.length; from += ID_BYTES) yield chunkIdOf(bytes.subarray(from, from + ID_BYTES));
}

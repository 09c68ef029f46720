/** How long chunks are; stands in the vault's header and never changes, or equal content would stop being equal chunks. */
export interface ChunkParameters {
  /** Bytes before the first place where a chunk may end. */
  readonly minBytes: number;
  /** Bytes that a chunk of unstructured content has in the middle; a power of two. */
  readonly avgBytes: number;
  /** Bytes at which a chunk ends in any case. */
  readonly maxBytes: number;
}

/** Largest chunk that any vault may hold, in bytes; bounds what a reader reserves. */
export const MAX_CHUNK_BYTES = 8 * 1024 * 1024;

/** For new vaults. See docs/benchmarks.md for the sizes that were weighed. */
export const DEFAULT_CHUNK_PARAMETERS: ChunkParameters = {
  minBytes: 64 * 1024,
  avgBytes: 256 * 1024,
  maxBytes: 1024 * 1024,
};

/** The rule that the parameters break; undefined when they are sound. */
export function checkChunkParameters({ minBytes, avgBytes, maxBytes }: ChunkParameters): string | undefined {
  const log = Math.log2(avgBytes);
  if (!Number.isInteger(log) || log < 8 || log > 22)
    return 'the middle chunk size is a power of two from 256 bytes to 4 MiB';
  if (!Number.isInteger(minBytes) || minBytes < 64 || minBytes >= avgBytes)
    return 'the least chunk size is 64 bytes or more and below the middle one';
  if (!Number.isInteger(maxBytes) || maxBytes <= avgBytes || maxBytes > MAX_CHUNK_BYTES)
    return 'the largest chunk size is above the middle one and at most 8 MiB';
  return undefined;
}

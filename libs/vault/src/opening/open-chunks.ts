import { isAppError } from '@holdfast/kernel';
import type { ChunkOpener } from '../packs/chunk-opener.js';
import type { OpenedChunks, SealedChunk } from './chunk-opening.js';

/** Opens every chunk of a stretch; stops at the first that is not what was written. */
export function openChunks(opener: ChunkOpener, stretch: Uint8Array, chunks: readonly SealedChunk[]): OpenedChunks {
  const plains: Uint8Array[] = [];
  for (const chunk of chunks) {
    try {
      plains.push(opener.open(chunk, stretch.subarray(chunk.at, chunk.at + chunk.sealedBytes)));
    } catch (error) {
      if (!isAppError(error, 'CHUNK_CORRUPT')) throw error;
      const rule = String(error.details.context?.['rule'] ?? 'its bytes are what was written');
      return { corrupt: chunk.chunkId, rule };
    }
  }
  return { plains };
}

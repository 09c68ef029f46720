import type { ChunkId } from '@holdfast/kernel';
import type { OpenerKeys } from '../packs/chunk-opener.js';
import type { TrailerEntry } from '../ports.js';
import type { OpenedContents, SealedContents } from './sealed-contents.js';

/** One chunk of a stretch of a pack. */
export interface SealedChunk extends Omit<TrailerEntry, 'offset'> {
  /** Its first byte in the stretch. */
  readonly at: number;
}

/** The plain bytes of every chunk in order, or the first that is not what was written and the rule it breaks. */
export type OpenedChunks =
  { readonly plains: readonly Uint8Array[] } | { readonly corrupt: ChunkId; readonly rule: string };

/** Opens sealed chunks and checks them against their ids, in this thread or in others. */
export interface ChunkOpening {
  /** @param stretch taken away from the caller if it is memory of its own */
  open(keys: OpenerKeys, stretch: Uint8Array, chunks: readonly SealedChunk[]): Promise<OpenedChunks>;

  /**
   * Opens whole contents and holds each to its SHA-256. The row and the memory come back with the answer, and are lost with a failure.
   * @param memory where the contents are put, at least `memoryBytes`
   */
  openContents(keys: OpenerKeys, sealed: SealedContents, memory: ArrayBuffer): Promise<OpenedContents>;
}

import { AppError, type ChunkId } from '@holdfast/kernel';
import type { ChunkLookup } from '../ports.js';

/** Chunks that are asked for together, and so the most that wait. */
const BATCH = 1_000;

/**
 * Holds what one task was told is known against the places that the index has, before anything relies on it. A chunk that is wrongly
 * called known is stored nowhere, and only a restore would miss it.
 */
export class KnownAudit {
  #waiting: ChunkId[] = [];
  /** Ends when all that was taken so far is found; fails for good with the first that is not. */
  #found: Promise<void> = Promise.resolve();

  constructor(private readonly lookup: ChunkLookup) {}

  /** Takes chunks that were called known; from time to time waits until those before them are found. */
  async take(ids: readonly ChunkId[]): Promise<void> {
    this.#waiting.push(...ids);
    if (this.#waiting.length >= BATCH) await this.settle();
  }

  /** Resolves when the index has a place for each that was taken before the call; INTERNAL where it has none. */
  settle(): Promise<void> {
    const batches: ChunkId[][] = [];
    while (this.#waiting.length > 0) batches.push(this.#waiting.splice(0, BATCH));
    this.#found = this.#found.then(async () => {
      for (const batch of batches) await this.#find(batch);
    });
    return this.#found;
  }

  async #find(batch: readonly ChunkId[]): Promise<void> {
    const placed = await this.lookup.findPlaced(batch);
    const lost = batch.filter((id) => !placed.has(id));
    if (lost.length === 0) return;
    throw new AppError(
      'INTERNAL',
      'The index called chunks known for which it has no place. What relies on them is read again from the task’s last checkpoint.',
      { context: { chunks: lost.length, chunkId: lost[0] ?? '' } },
    );
  }
}

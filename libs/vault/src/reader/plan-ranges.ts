import type { PackName } from '@holdfast/kernel';
import type { ChunkPlace } from '../ports.js';

/** One read that brings several chunks of a pack. */
export interface RangePlan {
  readonly pack: PackName;
  readonly offset: number;
  readonly length: number;
  readonly places: readonly ChunkPlace[];
}

/** Bytes that are read in vain rather than asking twice: what a request costs at 50 MB/s and 2 ms. */
const MAX_GAP_BYTES = 96 * 1024;
const MAX_RANGE_BYTES = 4 * 1024 * 1024;

/** Joins chunks that lie near each other in one pack into one read of at most 4 MiB (or one chunk). */
export function planRanges(places: Iterable<ChunkPlace>): RangePlan[] {
  const byPack = Map.groupBy(places, ({ pack }) => pack);
  return [...byPack].flatMap(([pack, chunks]) => planPack(pack, chunks));
}

function planPack(pack: PackName, chunks: readonly ChunkPlace[]): RangePlan[] {
  const plans: { pack: PackName; offset: number; length: number; places: ChunkPlace[] }[] = [];
  for (const chunk of [...chunks].sort((a, b) => a.offset - b.offset)) {
    const last = plans.at(-1);
    const length = last ? Math.max(last.length, chunk.offset + chunk.sealedBytes - last.offset) : 0;
    if (last && length <= MAX_RANGE_BYTES && chunk.offset - last.offset - last.length <= MAX_GAP_BYTES) {
      last.length = length;
      last.places.push(chunk);
    } else plans.push({ pack, offset: chunk.offset, length: chunk.sealedBytes, places: [chunk] });
  }
  return plans;
}

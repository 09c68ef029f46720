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
  const plans: RangePlan[] = [];
  let run: ChunkPlace[] = [];
  const start = (): number => run[0]?.offset ?? 0;
  const end = (): number => run.reduce((most, { offset, sealedBytes }) => Math.max(most, offset + sealedBytes), 0);
  const finish = (): void => {
    if (run.length > 0) plans.push({ pack, offset: start(), length: end() - start(), places: run });
    run = [];
  };
  let runEnd = 0;
  for (const chunk of [...chunks].sort((a, b) => a.offset - b.offset)) {
    const isNear =
      chunk.offset - runEnd <= MAX_GAP_BYTES && chunk.offset + chunk.sealedBytes - start() <= MAX_RANGE_BYTES;
    if (run.length > 0 && !isNear) finish();
    run.push(chunk);
    runEnd = run.length === 1 ? chunk.offset + chunk.sealedBytes : Math.max(runEnd, chunk.offset + chunk.sealedBytes);
  }
  finish();
  return plans;
}

import type { ChunkId } from '@holdfast/kernel';
import { expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileNeededIdsRoom } from './adapters/scratch/file-needed-ids.js';
import type { IndexedChunk } from './app/condemned-packs.port.js';
import { neededAmong } from './app/needed-of-packs.js';
import { PackTally } from './domain/pack-tally.js';

const CHUNKS_A_PACK = 250;
/** Coprime to every count below, so that ids are told in another order than the index has them. */
const STRIDE = 7919;
const PAGE = 10_000;

/** The ids of a vault of so many chunks, evenly spread as those of a keyed hash are. */
const headOf = (at: number, chunks: number) => BigInt(at) * (2n ** 64n / BigInt(chunks));
const idOf = (at: number, chunks: number) =>
  headOf(at, chunks).toString(16).padStart(16, '0').padEnd(64, 'f') as ChunkId;
const isNeeded = (at: number) => at % 3 !== 0;
const packOf = (at: number, packs: number) => 1 + (at % packs);

async function* indexOf(chunks: number, packs: number): AsyncGenerator<readonly IndexedChunk[]> {
  for (let from = 0; from < chunks; from += PAGE)
    yield Array.from({ length: Math.min(PAGE, chunks - from) }, (_, offset) => ({
      head: headOf(from + offset, chunks),
      packNo: packOf(from + offset, packs),
      sealedBytes: 100,
    }));
}

/** Tells and tallies a vault; answers the most memory that it took at a time, in MiB. */
async function tallied(chunks: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-memory-'));
  const ids = await new FileNeededIdsRoom(folder).open();
  const packs = chunks / CHUNKS_A_PACK;
  const before = inUse();
  let most = 0;
  const look = () => (most = Math.max(most, inUse() - before));
  try {
    const tally = new PackTally(Float64Array.from({ length: packs }, (_, at) => at + 1));
    for (let turn = 0; turn < chunks; turn++) {
      const at = (turn * STRIDE) % chunks;
      if (isNeeded(at)) ids.add(idOf(at, chunks));
      if (turn % 100_000 === 0) look();
    }
    let needed = 0;
    for await (const { packNo, sealedBytes } of neededAmong(indexOf(chunks, packs), ids)) {
      tally.addNeeded(packNo, sealedBytes);
      needed += 1;
      if (needed % 10_000 === 0) look();
    }
    expect(needed).toBe(chunks - Math.ceil(chunks / 3));
    const some = tally.of(packOf(1, packs));
    expect(some.neededChunks).toBeGreaterThan(CHUNKS_A_PACK / 2);
    expect(some.neededBytes).toBe(some.neededChunks * 100);
    return most;
  } finally {
    await ids.close();
    await rm(folder, { recursive: true });
  }
}

function inUse(): number {
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

it('takes no more memory for a vault of four times the chunks, but 21 bytes a pack', async () => {
  await tallied(100_000);
  const [small, large] = [await tallied(250_000), await tallied(1_000_000)];
  expect(large).toBeLessThan(small + 64);
}, 120_000);

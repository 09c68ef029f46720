import { parseVaultId, type ChunkId, type VaultId } from '@holdfast/kernel';
import { sizedBy } from '@holdfast/testkit';
import { expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PostgresCondemnedPacks } from './adapters/postgres/postgres-condemned-packs.js';
import { ours, useStorageDatabase } from './adapters/postgres/test-database.suite.js';
import { FileNeededIdsRoom } from './adapters/scratch/file-needed-ids.js';
import type { IndexedChunk } from './app/condemned-packs.port.js';
import { neededAmong } from './app/needed-of-packs.js';
import { SnapshotBook } from './app/snapshot-book.js';
import { PackTally } from './domain/pack-tally.js';

/** HOLDFAST_FREEING_CHUNKS takes another number: what docs/space-freeing.md says of ten million was measured by it. */
const USUAL_CHUNKS = 200_000;
const CHUNKS = sizedBy('HOLDFAST_FREEING_CHUNKS', USUAL_CHUNKS);
const CHUNKS_A_PACK = 250;
const SEALED_BYTES = 100;
const LOOKS = 40;
const FEW_LOOKS = 8;
const SNAPSHOTS = 5;
const PAGE = 5_000;
const FILLED_AT_ONCE = 100_000;
/** Coprime to every count below, so that ids are told in another order than the index has them. */
const STRIDE = 7919;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const database = useStorageDatabase();

/** The ids of a vault of so many chunks, evenly spread as those of a keyed hash are. */
const headOf = (at: number, chunks: number) => BigInt(at) * (2n ** 64n / BigInt(chunks));
const idOf = (at: number, chunks: number) =>
  headOf(at, chunks).toString(16).padStart(16, '0').padEnd(64, 'f') as ChunkId;
const isNeeded = (at: number) => at % 3 !== 0;
const packOf = (at: number, packs: number) => 1 + (at % packs);

/** Lays so many chunks into the index; answers their vault. */
async function indexed(chunks: number, packs: number): Promise<VaultId> {
  const vault = parseVaultId(randomUUID());
  const step = 2n ** 64n / BigInt(chunks);
  for (let from = 0; from < chunks; from += FILLED_AT_ONCE) {
    const to = Math.min(from + FILLED_AT_ONCE, chunks) - 1;
    await database().inTenant(ours, (tx) =>
      sql`
        insert into chunks (tenant_id, vault_id, chunk_id, pack_no, pack_offset, sealed_bytes, plain_bytes, birth_counter)
        select ${ours}, ${vault}, int8send((case when head < 2::numeric ^ 63 then head else head - 2::numeric ^ 64 end)::bigint)
          || decode(repeat('ff', 24), 'hex'), 1 + at % ${packs}::bigint, 0, ${SEALED_BYTES}::int, 90, 0
        from generate_series(${from}::bigint, ${to}::bigint) at, lateral (select at::numeric * ${String(step)}::numeric) h (head)`.execute(
        tx,
      ),
    );
  }
  return vault;
}

/** Tells what a vault needs and tallies its index; answers the most memory that it took at a time, in MiB. */
async function tallied(chunks: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-memory-'));
  const ids = await new FileNeededIdsRoom(folder).open();
  const packs = chunks / CHUNKS_A_PACK;
  const vault = await indexed(chunks, packs);
  const index = new PostgresCondemnedPacks(database()).chunks(ours, vault);
  const before = inUse();
  const looked = Math.ceil(chunks / LOOKS);
  let most = 0;
  const look = () => (most = Math.max(most, inUse() - before));
  try {
    const tally = new PackTally(Float64Array.from({ length: packs }, (_, at) => at + 1));
    for (let turn = 0; turn < chunks; turn++) {
      const at = (turn * STRIDE) % chunks;
      if (isNeeded(at)) ids.add(idOf(at, chunks));
      if (turn % looked === 0) look();
    }
    let needed = 0;
    for await (const { packNo, sealedBytes } of neededAmong(index, ids)) {
      tally.addNeeded(packNo, sealedBytes);
      needed += 1;
      if (needed % looked === 0) look();
    }
    expect(needed).toBe(chunks - Math.ceil(chunks / 3));
    const some = tally.of(packOf(1, packs));
    expect(some.neededChunks).toBeGreaterThan(CHUNKS_A_PACK / 2);
    expect(some.neededBytes).toBe(some.neededChunks * SEALED_BYTES);
    return most;
  } finally {
    await ids.close();
    await rm(folder, { recursive: true });
  }
}

/** Tells of five snapshots, of a tenth of the chunks that all need and of a share that each alone does; answers the most memory that it took at a time, in MiB. */
async function attributed(chunks: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-memory-'));
  const needs = await new FileNeededIdsRoom(folder).openForSnapshots();
  const before = inUse();
  const looked = PAGE * Math.ceil(chunks / PAGE / FEW_LOOKS);
  let most = 0;
  const look = () => (most = Math.max(most, inUse() - before));
  const inOrder = async function* (): AsyncGenerator<readonly IndexedChunk[]> {
    for (let from = 0; from < chunks; from += PAGE) {
      const size = Math.min(PAGE, chunks - from);
      yield Array.from({ length: size }, (_, at) => ({
        head: headOf(from + at, chunks),
        packNo: 1,
        sealedBytes: SEALED_BYTES,
      }));
      if (from % looked === 0) look();
    }
  };
  try {
    const book = new SnapshotBook(needs);
    for (let snapshot = 0; snapshot < SNAPSHOTS; snapshot++) {
      book.turnTo(snapshot + 1, snapshot > 0);
      // A tenth of all is needed by every snapshot, and told of with the first alone.
      for (let at = 0; at < chunks; at++) {
        const isShared = at % 10 === 0;
        if (isShared ? snapshot === 0 : at % SNAPSHOTS === snapshot) book.need(idOf(at, chunks));
        if (snapshot > 0 && !isShared && at % SNAPSHOTS === snapshot - 1) book.drop(idOf(at, chunks));
      }
      look();
    }
    const shares = await book.shares(inOrder(), () => true);
    const alone = shares.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(alone).toBe((chunks - Math.ceil(chunks / 10)) * SEALED_BYTES);
    return most;
  } finally {
    await needs.close();
    await rm(folder, { recursive: true });
  }
}

/** What is alive, garbage aside. */
function inUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

it('takes no more memory for a vault of four times the chunks, but 21 bytes a pack', async () => {
  await tallied(CHUNKS / 10);
  const [small, large] = [await tallied(CHUNKS / 4), await tallied(CHUNKS)];
  if (CHUNKS !== USUAL_CHUNKS)
    process.stdout.write(`${CHUNKS} chunks: ${large.toFixed(1)} MiB, a quarter of them ${small.toFixed(1)} MiB\n`);
  expect(large).toBeLessThan(small + 16);
}, 1_800_000);

it('takes no more memory for what each snapshot alone needs of four times the chunks', async () => {
  await attributed(CHUNKS / 10);
  const [small, large] = [await attributed(CHUNKS / 4), await attributed(CHUNKS)];
  if (CHUNKS !== USUAL_CHUNKS)
    process.stdout.write(
      `Of each snapshot, ${CHUNKS} chunks: ${large.toFixed(1)} MiB, a quarter of them ${small.toFixed(1)} MiB\n`,
    );
  expect(large).toBeLessThan(small + 16);
}, 1_800_000);

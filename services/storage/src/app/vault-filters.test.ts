import { parseChunkId, parseTenantId, parseVaultId, type ChunkId, type TenantId, type VaultId } from '@holdfast/kernel';
import { SilentLogger } from '@holdfast/platform';
import { MovableClock } from '@holdfast/testkit';
import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { ChunkIndex } from './chunk-index.port.js';
import { VaultFilters } from './vault-filters.js';

const tenant = parseTenantId('aaaaaaaa-0000-4000-8000-000000000000');
const vault = parseVaultId('bbbbbbbb-0000-4000-8000-000000000000');
const other = parseVaultId('cccccccc-0000-4000-8000-000000000000');
const MIB = 1024 * 1024;

const chunk = (name: string) => parseChunkId(createHash('sha256').update(name).digest('hex'));
const chunksFrom = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => chunk(`chunk ${from + at}`));

/** What an index knows, and how often it is read whole. */
class HeldIndex implements Pick<ChunkIndex, 'size' | 'allChunks' | 'packsAfter' | 'chunksIn'> {
  readonly packs = new Map<number, readonly ChunkId[]>();
  timesRead = 0;
  isDown = false;

  async size(_tenant: TenantId, asked: VaultId) {
    if (this.isDown) throw new Error('no connection');
    const own = asked === vault ? [...this.packs] : [];
    return {
      chunks: own.reduce((sum, [, ids]) => sum + ids.length, 0),
      newestPack: Math.max(0, ...own.map(([n]) => n)),
    };
  }

  async *allChunks(_tenant: TenantId, asked: VaultId) {
    this.timesRead += 1;
    if (asked === vault) for (const ids of [...this.packs.values()]) yield ids;
  }

  async packsAfter(_tenant: TenantId, asked: VaultId, packNo: number) {
    return asked === vault ? [...this.packs.keys()].filter((number) => number > packNo) : [];
  }

  async chunksIn(_tenant: TenantId, _vault: VaultId, packNo: number) {
    return this.packs.get(packNo) ?? [];
  }
}

function parts(bytes = MIB) {
  const index = new HeldIndex();
  const clock = new MovableClock(1_000);
  return {
    index,
    clock,
    filters: new VaultFilters(index as unknown as ChunkIndex, { bytes }, clock, new SilentLogger()),
  };
}

/** Lets the work beside the calls come to its end. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
}

describe('VaultFilters', () => {
  it('denies no chunk that the index has, and nearly all others', async () => {
    const { index, filters } = parts();
    index.packs.set(1, chunksFrom(0, 3_000));
    filters.likely(tenant, vault, []);
    await settled();
    expect(filters.likely(tenant, vault, chunksFrom(0, 3_000))).toEqual(chunksFrom(0, 3_000));
    expect(filters.likely(tenant, vault, chunksFrom(3_000, 10_000)).length).toBeLessThan(50);
  });

  it('has the index asked for everything until the filter is whole', async () => {
    const { index, filters } = parts();
    index.packs.set(1, chunksFrom(0, 10));
    expect(filters.likely(tenant, vault, chunksFrom(0, 20))).toHaveLength(20);
    await settled();
    expect(filters.likely(tenant, vault, chunksFrom(10, 10))).toEqual([]);
  });

  it('has the index asked for everything while it cannot be read, and tries again', async () => {
    const { index, filters, clock } = parts();
    index.isDown = true;
    filters.likely(tenant, vault, []);
    await settled();
    expect(filters.likely(tenant, vault, chunksFrom(0, 5))).toHaveLength(5);
    index.isDown = false;
    await clock.advance(2_000);
    filters.likely(tenant, vault, []);
    await settled();
    expect(filters.likely(tenant, vault, chunksFrom(0, 5))).toEqual([]);
  });

  it('knows at once what this storage registers, and soon what others do, late numbers too', async () => {
    const { index, filters, clock } = parts();
    filters.likely(tenant, vault, []);
    await settled();
    filters.registered(tenant, vault, 9, chunksFrom(0, 5));
    expect(filters.likely(tenant, vault, chunksFrom(0, 5))).toHaveLength(5);
    index.packs.set(8, chunksFrom(5, 5));
    index.packs.set(10, chunksFrom(10, 5));
    await clock.advance(2_000);
    filters.likely(tenant, vault, []);
    await settled();
    expect(filters.likely(tenant, vault, chunksFrom(5, 10))).toHaveLength(10);
    expect(index.timesRead).toBe(1);
  });

  it('makes a filter anew when the vault has outgrown it', async () => {
    const { index, filters, clock } = parts();
    filters.likely(tenant, vault, []);
    await settled();
    index.packs.set(1, chunksFrom(0, 70_000));
    filters.registered(tenant, vault, 1, chunksFrom(0, 70_000));
    await clock.advance(2_000);
    filters.likely(tenant, vault, []);
    await settled();
    expect(index.timesRead).toBe(2);
    expect(filters.likely(tenant, vault, chunksFrom(0, 70_000))).toHaveLength(70_000);
  });

  it('reads a large vault once, though its packs are new ones', async () => {
    const { index, filters, clock } = parts();
    index.packs.set(1, chunksFrom(0, 60_000));
    filters.likely(tenant, vault, []);
    await settled();
    filters.registered(tenant, vault, 2, chunksFrom(60_000, 100));
    await clock.advance(2_000);
    filters.likely(tenant, vault, []);
    await settled();
    expect(index.timesRead).toBe(1);
    expect(filters.likely(tenant, vault, chunksFrom(59_900, 200))).toHaveLength(200);
  });

  it('keeps to its memory: the vault that rested longest is asked for in the index again', async () => {
    const { index, filters } = parts(200_000);
    index.packs.set(1, chunksFrom(0, 10));
    filters.likely(tenant, other, []);
    await settled();
    filters.likely(tenant, vault, []);
    await settled();
    expect(filters.likely(tenant, vault, chunksFrom(100, 5))).toEqual([]);
    expect(filters.likely(tenant, other, chunksFrom(100, 5))).toHaveLength(5);
  });

  it('makes no filter that would not fit', async () => {
    const { index, filters } = parts(1_000);
    filters.likely(tenant, vault, []);
    await settled();
    expect(filters.likely(tenant, vault, chunksFrom(0, 5))).toHaveLength(5);
    expect(index.timesRead).toBe(0);
  });
});
